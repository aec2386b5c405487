// Where one is in the queue, what was decided, how it is saved, and the filters.

import type { Node } from "../coding/data";
import { h } from "../coding/dom";
import { number, say } from "../coding/words";
import type { Saving } from "../lib/outbox";
import type { State } from "./state";

export interface StripEvents {
  whose(mine: boolean): void;
  undecided(on: boolean): void;
  hold(on: boolean): void;
  split(): void;
  step(by: number): void;
  undo(): void;
  help(): void;
  again(): void;
  signIn(): void;
}

export interface Standing {
  at: number; // 0: at none of those shown
  of: number;
  end: boolean;
  sums: { all: number; decided: number; left: number; others: number };
  went: Map<number, number>;
  nodes: Map<number, Node>;
  name: string | undefined; // where the last decision led
}

export class Strip {
  readonly el: HTMLElement;
  readonly tools: HTMLElement;
  readonly notices = h("div", { class: "sort-notices" });
  private where = h("b", { class: "sort-at" });
  private bar = h("span", { class: "sort-progress", "aria-hidden": "true" });
  private decided = h("span", { class: "sort-decided" });
  private left = h("span", { class: "sort-left" });
  private saved = h("span", { class: "sort-saved" });
  private said = h("span", { class: "sort-said", role: "status", "aria-live": "polite" });
  private taken = h("button", { type: "button", class: "btn small", id: "sort-undo", hidden: true });
  private all = h("button", { type: "button", id: "sort-all" }, say("sort.all"));
  private mine = h("button", { type: "button", id: "sort-mine" }, say("sort.mine"));
  private only = h("input", { type: "checkbox", id: "sort-undecided" });
  private hold = h("input", { type: "checkbox", id: "sort-hold" });
  private split = h("button", { type: "button", class: "btn small go", id: "sort-split", "aria-haspopup": "dialog", hidden: true });
  private timer = 0;

  constructor(mayCode: boolean, maySplit: boolean, private state: State, private events: StripEvents) {
    this.all.addEventListener("click", () => events.whose(false));
    this.mine.addEventListener("click", () => events.whose(true));
    this.only.addEventListener("change", () => events.undecided(this.only.checked));
    this.hold.addEventListener("change", () => events.hold(this.hold.checked));
    this.split.addEventListener("click", () => events.split());
    this.taken.addEventListener("click", () => events.undo());
    const step = (by: number, name: string, key: string) => h("button", { type: "button", class: "btn small", title: key, onclick: () => events.step(by) }, name);
    this.tools = h(
      "div",
      { class: "sort-tools" },
      mayCode && h("div", { class: "switch", role: "group", "aria-label": say("sort.whose") }, this.all, this.mine),
      mayCode && h("label", { class: "check" }, this.only, say("sort.undecided")),
      maySplit && h("label", { class: "check", title: say("sort.hold.why") }, this.hold, say("sort.hold")),
      maySplit && this.split,
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "btn small bare sort-keys", "aria-haspopup": "dialog", onclick: () => events.help() }, h("kbd", {}, "?"), say("sort.help")),
    );
    this.saved.dataset.state = "saved";
    this.saved.textContent = say("sort.saved");
    this.el = h(
      "div",
      { class: "sort-strip", role: "region", "aria-label": say("sort.status") },
      this.bar,
      h("div", { class: "sort-sums" }, this.where, mayCode && this.decided, mayCode && this.left, mayCode && this.saved, this.said),
      h("div", { class: "sort-steps" }, mayCode && this.taken, step(-1, say("sort.previous"), "K"), step(1, say("sort.next"), "J")),
    );
  }

  draw(s: Standing): void {
    this.where.textContent = s.end ? say("sort.at.end") : say("sort.at", { n: s.at || "–", of: s.of });
    this.decided.textContent = say("sort.decided", { n: s.sums.decided });
    this.left.textContent = say("sort.left", { n: s.sums.left });
    this.all.setAttribute("aria-pressed", String(!this.state.mine));
    this.mine.setAttribute("aria-pressed", String(this.state.mine));
    this.only.checked = this.state.undecided;
    this.hold.checked = this.state.hold;
    this.split.hidden = this.state.held.size === 0;
    this.split.textContent = say("sort.split", { n: this.state.held.size });
    this.taken.hidden = this.state.steps.length === 0;
    this.taken.replaceChildren(h("kbd", {}, "Ctrl Z"), h("span", {}, s.name ? say("sort.undo.say", { name: s.name }) : say("sort.undo")));
    const order = [...this.state.targets, ...[...s.went.keys()].filter((c) => c !== this.state.node && !this.state.targets.includes(c)), this.state.node];
    const pieces = order.flatMap((c) => {
      const n = s.went.get(c) ?? 0;
      if (n === 0) return [];
      const i = h("i", { "data-hue": s.nodes.get(c)?.colour ?? 1, class: c === this.state.node ? "keep" : undefined, title: `${s.nodes.get(c)?.name ?? ""} ${number(n)}` });
      i.style.setProperty("--share", String(n));
      return [i];
    });
    const rest = h("i", { class: "rest" });
    rest.style.setProperty("--share", String(s.sums.left));
    this.bar.replaceChildren(...pieces, rest);
  }

  saving(state: Saving, n: number): void {
    this.saved.dataset.state = state;
    if (state === "saving") this.saved.textContent = say("sort.saving", { n: Math.max(1, n) });
    else if (state === "offline") this.saved.replaceChildren(say("sort.offline", { n }), " ", h("button", { type: "button", class: "btn link", onclick: () => this.events.again() }, say("sort.again")));
    else if (state === "signin") this.saved.replaceChildren(say("sort.signin", { n }), " ", h("button", { type: "button", class: "btn link", onclick: () => this.events.signIn() }, say("sort.signin.do")));
    else this.saved.textContent = say("sort.saved");
  }

  /** One sentence, seen for a while and heard by screen readers. */
  say(words: string): void {
    this.said.textContent = words;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.said.textContent = ""), 6000);
  }

  /** A sentence that stays until it is read, with what can be done about it. */
  notice(words: string, acts: [string, () => void][] = []): void {
    for (const old of [...this.notices.children]) if (old.firstChild?.textContent === words) old.remove();
    const el = h(
      "div",
      { class: "notice warn", role: "alert" },
      h("p", {}, words),
      ...acts.map(([name, f]) => h("button", { type: "button", class: "btn small", onclick: () => { el.remove(); f(); } }, name)),
      h("button", { type: "button", class: "btn small bare", "aria-label": say("sort.close"), onclick: () => el.remove() }, "×"),
    );
    this.notices.append(el);
    while (this.notices.children.length > 3) this.notices.firstElementChild!.remove();
  }
}
