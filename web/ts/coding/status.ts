// The bar below the text, notices, the touch bar, and which side panel is open in a narrow window.

import { h } from "./dom";
import type { May } from "./list";
import type { Saving } from "../lib/outbox";
import { say } from "./words";

export interface StatusEvents {
  undo(): void;
  help(): void;
  view(at: HTMLElement): void;
  find(): void;
  again(): void;
  code(): void;
  memo(): void;
  clear(): void;
  signIn(): void;
}

export class Status {
  private where = h("span", { class: "status-where" });
  private counts = h("span", { class: "status-counts" });
  private saved = h("span", { class: "status-saved" });
  private said = h("span", { class: "status-said", role: "status", "aria-live": "polite" });
  private only = h("button", { type: "button", class: "status-only", hidden: true });
  private undoing = h("button", { type: "button", class: "status-undo", hidden: true });
  private modes = h("span", { class: "status-mode", hidden: true });
  private notices = h("div", { class: "surface-notices" });
  private people = h("span", { class: "status-people", hidden: true });
  private touchBar: HTMLElement;
  private touchCount = h("span", {});
  private toggles: Record<"left" | "right", HTMLButtonElement>;
  private timer = 0;
  private onOnly: () => void = () => undefined;
  private lastSaving = "";

  constructor(stage: HTMLElement, private root: HTMLElement, private may: May, private events: StatusEvents) {
    const toggle = (side: "left" | "right", name: string) =>
      h("button", { type: "button", class: "status-panel", "aria-expanded": "false", "aria-controls": `surface-${side}`, onclick: () => (this.isOpen(side) ? this.closePanels() : this.openPanel(side)) }, name);
    this.toggles = { left: toggle("left", say("surface.codebook")), right: toggle("right", say("surface.cursor")) };
    const view = h("button", { type: "button", class: "status-view", "aria-haspopup": "dialog", onclick: () => events.view(view) }, say("surface.view"));
    this.undoing.addEventListener("click", () => events.undo());
    this.only.addEventListener("click", () => this.onOnly());
    const bar = h(
      "div",
      { class: "surface-status", role: "region", "aria-label": say("surface.status") },
      this.toggles.left,
      this.where,
      this.counts,
      this.saved,
      this.only,
      this.modes,
      this.said,
      this.people,
      this.undoing,
      h("button", { type: "button", class: "status-find", title: "/", onclick: () => events.find() }, say("surface.find.short")),
      view,
      h("button", { type: "button", class: "status-keys", title: say("surface.keys"), "aria-label": `? ${say("surface.keys")}`, onclick: () => events.help() }, h("kbd", {}, "?")),
      this.toggles.right,
    );
    // The bar for fingers takes no focus, or the selection would go.
    const hold = (e: Event) => e.preventDefault();
    this.touchBar = h(
      "div",
      { class: "touch-bar", hidden: true, onpointerdown: hold },
      this.touchCount,
      may.code && h("button", { type: "button", class: "btn go", onclick: () => events.code() }, say("surface.touch.code")),
      may.memo && h("button", { type: "button", class: "btn", onclick: () => events.memo() }, say("surface.memo")),
      h("button", { type: "button", class: "btn", "aria-label": say("surface.touch.clear"), onclick: () => { window.getSelection()?.removeAllRanges(); events.clear(); } }, "×"),
    );
    stage.append(this.notices, this.touchBar, bar);
    root.querySelectorAll<HTMLElement>(".surface-left, .surface-right").forEach((p) => {
      p.tabIndex = -1;
      p.prepend(h("button", { type: "button", class: "panel-close", "aria-label": say("surface.close"), onclick: () => this.closePanels() }, "×"));
    });
    this.saved.addEventListener("click", (e) => (e.target as Element).closest("button") && events.again());
    void this.modes;
  }

  place(turn: number, of: number, codings: number, mine: number): void {
    this.where.textContent = of ? say("surface.turn", { turn, of }) : "";
    this.counts.textContent = codings === 0 ? say("surface.here.none") : say(codings === 1 ? "surface.here.one" : "surface.here", { n: codings, mine });
  }

  saving(state: Saving, n: number): void {
    const key = state + n;
    if (key === this.lastSaving) return;
    this.lastSaving = key;
    this.saved.dataset.state = state;
    if (state === "saving") this.saved.textContent = say("surface.saving", { n });
    else if (state === "offline") this.saved.replaceChildren(n ? say("surface.offline", { n }) : say("surface.offline.none"), " ", h("button", { type: "button" }, say("surface.again")));
    else if (state === "signin") this.saved.replaceChildren(say("surface.signin.kept", { n }), " ", h("button", { type: "button", onclick: (e: Event) => { e.stopPropagation(); this.events.signIn(); } }, say("surface.signin.link")));
    else this.saved.textContent = say("surface.saved");
  }

  /** Who else has the document open: initials, name, turn, in the order they came. */
  here(all: { initials: string; name: string; turn: number }[], go: (turn: number) => void): void {
    const key = all.map((p) => `${p.name}/${p.turn}`).join();
    if (this.people.dataset.key === key) return;
    this.people.dataset.key = key;
    this.people.hidden = all.length === 0;
    this.people.replaceChildren(
      ...all.slice(0, 4).map((p) => {
        const says = say("surface.here.at", { coder: `${p.initials}, ${p.name}`, turn: p.turn });
        return h("button", { type: "button", class: "face", title: says, "aria-label": says, onclick: () => go(p.turn) }, p.initials);
      }),
      ...(all.length > 4 ? [h("span", {}, say("surface.more", { count: all.length - 4 }))] : []),
    );
  }

  undo(name: string | undefined): void {
    this.undoing.hidden = !name || !this.may.memo;
    if (!name || this.undoing.dataset.name === name) return;
    this.undoing.dataset.name = name;
    this.undoing.replaceChildren(h("kbd", {}, "Ctrl Z"), h("span", {}, say("surface.undo", { name })));
    this.undoing.title = say("surface.undo", { name });
  }

  filter(name: string, off: () => void): void {
    this.only.hidden = name === "";
    this.onOnly = off;
    if (name) this.only.replaceChildren(say("surface.only", { name }), " ×");
  }

  selection(chars: number): void {
    this.touchBar.hidden = chars === 0 || !(this.may.code || this.may.memo);
    this.touchCount.textContent = chars ? say(chars === 1 ? "surface.characters.one" : "surface.characters", { n: chars }) : "";
    this.root.classList.toggle("selecting", chars > 0);
  }

  mode(words: string): void {
    this.modes.hidden = words === "";
    this.modes.textContent = words;
    if (words) this.speak(words);
  }

  /** One sentence, seen for a while and heard by screen readers. */
  speak(words: string): void {
    this.said.textContent = words;
    this.said.classList.remove("gone");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.said.classList.add("gone"), 6000);
  }

  /** A sentence that stays until it is read, with what can be done about it. */
  notice(words: string, acts: [string, () => void][] = []): void {
    for (const old of [...this.notices.children]) if (old.firstChild?.textContent === words) old.remove();
    const el = h(
      "div",
      { class: "surface-notice", role: "alert" },
      h("p", {}, words),
      ...acts.map(([name, f]) => h("button", { type: "button", class: "btn small", onclick: () => { el.remove(); f(); } }, name)),
      h("button", { type: "button", class: "btn small bare", "aria-label": say("surface.close"), onclick: () => el.remove() }, "×"),
    );
    this.notices.append(el);
    while (this.notices.children.length > 3) this.notices.firstElementChild!.remove();
  }

  private panel(side: "left" | "right"): HTMLElement {
    return this.root.querySelector<HTMLElement>(`.surface-${side}`)!;
  }

  private isOpen(side: "left" | "right"): boolean {
    return this.panel(side).classList.contains("open");
  }

  /** In a narrow window a panel lies over the text; in a wide one it always stands beside it. */
  openPanel(side: "left" | "right"): void {
    for (const s of ["left", "right"] as const) {
      this.panel(s).classList.toggle("open", s === side);
      this.toggles[s].setAttribute("aria-expanded", String(s === side));
    }
  }

  /** Tells whether one was open. */
  closePanels(): boolean {
    const any = this.isOpen("left") || this.isOpen("right");
    for (const s of ["left", "right"] as const) {
      this.panel(s).classList.remove("open");
      this.toggles[s].setAttribute("aria-expanded", "false");
    }
    return any && matchMedia("(max-width: 1180px)").matches;
  }
}
