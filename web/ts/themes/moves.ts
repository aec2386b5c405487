// Moves of themes and codes, whatever view they are made in: sent to the
// codebook's own routes, told with a way back, and asked about beforehand
// where something becomes one with another.
import { asksFirst, openConsequence } from "../elements/code-consequence";
import { fields, post, refresh } from "../lib/parts";
import { toast } from "../lib/toast";

export interface Card {
  node: string;
  kind: string;
  parent: string;
  name: string;
}

// cardOf reads what the server wrote about a node on an element.
export function cardOf(e: HTMLElement): Card {
  return { node: e.dataset["node"] ?? "", kind: e.dataset["kind"] ?? "code", parent: e.dataset["parent"] ?? "0", name: e.dataset["name"] ?? "" };
}

export class Moves {
  private tail: Promise<void> = Promise.resolve();
  private aimed: [string, string] | null = null; // what was dropped on what, while the consequence is shown
  private menuOf: Card | null = null;
  // drawn is called when the parts are there again, with the node that the focus belongs to.
  constructor(
    private host: HTMLElement,
    private parts: string[],
    private drawn: (focus: string) => void,
    private neighbours: (card: Card) => [before: Card | null, after: Card | null, afterNext: Card | null],
  ) {}

  connect(): void {
    document.addEventListener("anyam:sent", this.sent);
    this.host.addEventListener("click", this.onMenu);
    this.host.addEventListener("keydown", this.onMenuKey);
    this.host.addEventListener("toggle", this.onToggle, true);
    document.addEventListener("click", this.onNew);
    document.getElementById("theme-new")?.addEventListener("close", this.named);
    document.getElementById("theme-new")?.addEventListener("submit", this.naming);
    document.getElementById("consequence-dialog")?.addEventListener("close", this.closed);
  }
  disconnect(): void {
    document.removeEventListener("anyam:sent", this.sent);
    document.removeEventListener("click", this.onNew);
  }

  get may(): boolean {
    return this.host.dataset["shape"] !== undefined;
  }
  private at(path: string): string {
    return `/projects/${this.host.dataset["project"]}/${path}`;
  }

  // change sends one intention, draws what shows it again and offers to take it back.
  change(path: string, pairs: [string, string | number][], focus: string, quiet = false): Promise<boolean> {
    const made = this.tail.then(() => this.make(path, pairs, focus, quiet));
    this.tail = made.then(() => undefined, () => undefined);
    return made;
  }
  // settled runs something once all that was asked for has been made and drawn.
  settled(then: () => void): void {
    void this.tail.then(then);
  }
  private async make(path: string, pairs: [string, string | number][], focus: string, quiet: boolean): Promise<boolean> {
    this.host.setAttribute("aria-busy", "true");
    document.querySelector("#toasts > .toast")?.remove(); // it offers to take back what was before this
    let seq = 0;
    const refused = await post(this.at(path), fields(pairs), (a) => (seq = (a as { seq?: number }).seq ?? 0));
    this.host.removeAttribute("aria-busy");
    if (refused) {
      toast(refused.error, "bad");
      return false;
    }
    if (!quiet) await this.again(focus);
    void this.offer(seq);
    return true;
  }

  // again draws the parts; the page stays where it was.
  async again(focus: string): Promise<void> {
    const panel = document.getElementById("panel");
    const ids = panel?.querySelector(".theme-panel") ? [...this.parts, "panel"] : this.parts;
    const top = scrollY, left = scrollX;
    await refresh(ids);
    scrollTo({ top, left, behavior: "instant" });
    this.drawn(focus);
  }

  // offer says what was done, with a button that takes it back.
  async offer(seq: number): Promise<void> {
    let name = "";
    try {
      const answer = await fetch(this.at("undo.json"), { headers: { Accept: "application/json" }, credentials: "same-origin" });
      const next = (await answer.json()) as { undo: { seq: number; name: string } | null };
      if (next.undo && (seq === 0 || next.undo.seq === seq)) {
        name = next.undo.name;
        seq = next.undo.seq;
      }
    } catch {
      return; // the move was made; only the way back is not offered here
    }
    if (seq === 0) return;
    const place = document.getElementById("toasts");
    if (!place) return;
    const t = document.createElement("p"), say = document.createElement("span"), back = document.createElement("button");
    t.className = "toast";
    say.textContent = name === "" ? (this.host.dataset["arranged"] ?? "") : (this.host.dataset["hand"] ?? "{what}").replace("{what}", name);
    back.type = "button";
    back.textContent = this.host.dataset["undo"] ?? "";
    back.addEventListener("click", () => {
      t.remove();
      void this.undo(seq);
    });
    t.append(say, back);
    place.replaceChildren(t);
    setTimeout(() => {
      if (!t.matches(":focus-within, :hover")) t.remove();
    }, 12000);
  }
  private async undo(seq: number): Promise<void> {
    const refused = await post(this.at("undo"), fields([["seq", seq]]));
    toast(refused ? refused.error : (this.host.dataset["undone"] ?? ""), refused ? "bad" : "");
    if (!refused) await this.again("");
  }
  // takeBack is Ctrl Z: the newest change of one's own to the codebook.
  async takeBack(): Promise<void> {
    const answer = await fetch(this.at("undo.json"), { headers: { Accept: "application/json" }, credentials: "same-origin" });
    const next = (await answer.json()) as { undo: { seq: number } | null };
    if (next.undo) await this.undo(next.undo.seq);
  }

  async move(card: Card, parent: string, before = "0"): Promise<boolean> {
    if (parent !== card.parent && (await asksFirst(this.at(`nodes/move?nodes=${card.node}&parent=${parent}`)))) {
      this.aimed = [card.node, parent];
      return false;
    }
    return this.change("nodes/move", [["nodes", card.node], ["parent", parent], ["before", before]], card.node);
  }

  // onto asks what becomes of a card that was put on another: one with it, or a child of it.
  async onto(card: Card, into: string): Promise<void> {
    this.aimed = [card.node, into];
    await openConsequence(this.at(`nodes/merge?nodes=${into}&nodes=${card.node}&into=${into}`));
    const acts = document.querySelector("#consequence-card .acts");
    if (!acts || card.kind !== "code") return;
    const child = document.createElement("button");
    child.type = "button";
    child.className = "btn child-instead";
    child.textContent = this.host.dataset["child"] ?? "";
    child.addEventListener("click", () => {
      document.querySelector<HTMLDialogElement>("#consequence-dialog")?.close();
      void this.move(card, into);
    });
    acts.children[0]?.after(child);
  }
  private closed = (): void => {
    const [card] = this.aimed ?? [];
    this.aimed = null;
    if (card) this.drawn(card);
  };
  // sent: what was asked about in the dialog was done.
  private sent = (e: Event): void => {
    const { form } = (e as CustomEvent<{ form: HTMLFormElement }>).detail;
    if (!form.closest("#consequence-dialog")) return;
    const into = form.querySelector<HTMLSelectElement>('[name="into"]')?.value ?? form.querySelector<HTMLInputElement>('[name="nodes"]')?.value ?? "";
    this.aimed = null;
    void this.again(into).then(() => this.offer(0));
  };

  // begin asks for the name of a new theme; with a card, that goes into it.
  private gathering: Card | null = null;
  begin(card: Card | null): void {
    const dialog = document.getElementById("theme-new") as HTMLDialogElement | null;
    const field = document.getElementById("theme-new-name") as HTMLInputElement | null;
    const title = document.getElementById("theme-new-title");
    if (!dialog || !field || !title) return;
    this.gathering = card;
    title.textContent = card ? (title.dataset["with"] ?? "").replace("{name}", card.name) : (title.dataset["plain"] ?? "");
    field.value = "";
    dialog.returnValue = "no";
    dialog.showModal();
    field.focus();
  }
  private naming = (e: Event): void => {
    e.stopPropagation(); // the dialog's own
    const dialog = document.getElementById("theme-new") as HTMLDialogElement;
    e.preventDefault();
    dialog.close("yes");
  };
  private named = (): void => {
    const dialog = document.getElementById("theme-new") as HTMLDialogElement;
    const name = (document.getElementById("theme-new-name") as HTMLInputElement).value.trim();
    const card = this.gathering;
    if (dialog.returnValue !== "yes" || name === "") {
      if (card) this.drawn(card.node);
      return;
    }
    if (card) void this.change("nodes/move", [["nodes", card.node], ["theme", name]], card.node);
    else void this.change("nodes", [["kind", "theme"], ["name", name]], "");
  };
  private onNew = (e: Event): void => {
    if (!(e.target instanceof Element)) return;
    if (e.target.closest('#theme-new [data-do="cancel"]')) return (document.getElementById("theme-new") as HTMLDialogElement).close("no");
    if (!e.target.closest('[data-do="new"]') || !document.getElementById("theme-new")) return;
    e.preventDefault();
    this.begin(null);
  };

  // open shows the one menu beside what it is about.
  open(card: Card, beside: Element): void {
    const menu = document.getElementById("theme-menu");
    if (!menu || !this.may) return;
    this.menuOf = card;
    const title = menu.querySelector("h2");
    if (title) title.textContent = card.name;
    const [before, after] = this.neighbours(card);
    const item = (name: string) => menu.querySelector<HTMLButtonElement>(`[data-do="${name}"]`);
    item("earlier")!.hidden = !before;
    item("later")!.hidden = !after;
    item("gather")!.hidden = card.kind === "theme";
    item("turn")!.textContent = (card.kind === "theme" ? this.host.dataset["code"] : this.host.dataset["theme"]) ?? "";
    const under = this.under(card.node);
    for (const b of menu.querySelectorAll<HTMLButtonElement>('[data-do="to"]')) {
      b.hidden = b.value === card.parent || under.has(b.value);
      if (b.value === "0") b.textContent = (card.kind === "theme" ? b.dataset["top"] : b.dataset["loose"]) ?? "";
    }
    menu.showPopover();
    const r = beside.getBoundingClientRect();
    const down = r.bottom + menu.offsetHeight + 8 < innerHeight || r.top < menu.offsetHeight + 8;
    menu.style.setProperty("top", `${Math.max(8, Math.min(down ? r.bottom + 4 : r.top - menu.offsetHeight - 4, innerHeight - menu.offsetHeight - 8))}px`);
    menu.style.setProperty("left", `${Math.max(8, Math.min(r.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`);
    menu.querySelector<HTMLButtonElement>("button:not([hidden])")?.focus();
  }
  // under is a node with all that stands below it: nothing moves there.
  private under(node: string): Set<string> {
    const all = new Set([node]);
    const nodes = Array.from(this.host.querySelectorAll<HTMLElement>("[data-node][data-parent]"));
    for (let more = true; more; ) {
      more = false;
      for (const n of nodes) {
        if (all.has(n.dataset["parent"]!) && !all.has(n.dataset["node"]!)) {
          all.add(n.dataset["node"]!);
          more = true;
        }
      }
    }
    return all;
  }
  private onToggle = (e: Event): void => {
    if (!(e.target instanceof HTMLElement) || e.target.id !== "theme-menu" || e.target.matches(":popover-open")) return;
    // Escape and a click elsewhere: the focus goes back to the card, unless it is somewhere else by now.
    const lost = document.activeElement === document.body || e.target.contains(document.activeElement);
    if (this.menuOf && lost) this.drawn(this.menuOf.node);
  };
  private onMenuKey = (e: KeyboardEvent): void => {
    const menu = e.target instanceof Element ? e.target.closest<HTMLElement>("#theme-menu") : null;
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(e.key)) return;
    const items = Array.from(menu.querySelectorAll<HTMLButtonElement>("button:not([hidden])"));
    const i = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1 + items.length, Home: 0, End: items.length - 1 }[e.key]!;
    items[to % items.length]?.focus();
    e.preventDefault();
    e.stopPropagation();
  };
  private onMenu = (e: MouseEvent): void => {
    const button = e.target instanceof Element ? e.target.closest<HTMLButtonElement>("#theme-menu [data-do]") : null;
    const card = this.menuOf;
    if (!button || !card) return;
    button.closest<HTMLElement>("[popover]")?.hidePopover();
    const [before, after, afterNext] = this.neighbours(card);
    switch (button.dataset["do"]) {
      case "page":
        return location.assign(this.at(`${card.kind === "theme" ? "themes" : "nodes"}/${card.node}`));
      case "earlier":
        if (before) void this.move(card, card.parent, before.node);
        return;
      case "later":
        if (after) void this.move(card, card.parent, afterNext?.node ?? "0");
        return;
      case "merge":
        return void openConsequence(this.at(`nodes/merge?nodes=${card.node}`));
      case "gather":
        return this.begin(card);
      case "turn":
        return void openConsequence(this.at(`nodes/${card.node}/kind?kind=${card.kind === "theme" ? "code" : "theme"}`));
      case "to":
        return void this.move(card, button.value);
    }
  };
}
