// <theme-board>: the themes as columns of cards. The server draws it; here is
// walking by arrow keys, moving by keyboard, menu and dragging, and that the
// focus stays with what was moved.
import { followDrags, type Board } from "../themes/board-drag";
import { type Card, cardOf, Moves } from "../themes/moves";

class ThemeBoard extends HTMLElement implements Board {
  private at = ""; // node that has the tab stop
  private undrag: (() => void) | null = null;
  private moves = new Moves(this, ["themes-head", "themes-board"], (focus) => this.go(focus), (card) => this.neighbours(card));

  connectedCallback(): void {
    this.addEventListener("keydown", (e) => this.onKey(e));
    this.addEventListener("click", (e) => this.onClick(e));
    this.addEventListener("contextmenu", (e) => this.onContext(e));
    this.addEventListener("focusin", (e) => {
      const box = e.target instanceof Element ? this.boxOf(e.target) : null;
      if (box && !(e.target as Element).closest("[popover]")) this.stopAt(box.dataset["node"]!);
    });
    document.addEventListener("anyam:parts", this.drawn);
    document.addEventListener("anyam:panel", this.mark);
    this.moves.connect();
    this.drawn();
  }
  disconnectedCallback(): void {
    document.removeEventListener("anyam:parts", this.drawn);
    document.removeEventListener("anyam:panel", this.mark);
    this.moves.disconnect();
    this.undrag?.();
  }

  // boxes are columns, groups and cards, in the order of the page.
  private boxes(): HTMLElement[] {
    return Array.from(this.querySelectorAll<HTMLElement>("[data-node][data-name]"));
  }
  private box(node: string): HTMLElement | null {
    return node === "" ? null : this.querySelector<HTMLElement>(`[data-node="${node}"][data-name]`);
  }
  private boxOf(e: Element): HTMLElement | null {
    return e.closest<HTMLElement>("[data-node][data-name]");
  }
  private name(box: HTMLElement): HTMLElement | null {
    return document.getElementById(`name-${box.dataset["node"]}`);
  }
  private siblings(box: HTMLElement): HTMLElement[] {
    return this.boxes().filter((b) => b.dataset["parent"] === box.dataset["parent"] && b.dataset["kind"] === box.dataset["kind"]);
  }
  private neighbours(card: Card): [Card | null, Card | null, Card | null] {
    const box = this.box(card.node);
    if (!box) return [null, null, null];
    const all = this.siblings(box), i = all.indexOf(box);
    const at = (k: number) => (all[k] ? cardOf(all[k]) : null);
    return [i > 0 ? at(i - 1) : null, at(i + 1), at(i + 2)];
  }
  next(e: HTMLElement): string {
    const all = this.siblings(e);
    return all[all.indexOf(e) + 1]?.dataset["node"] ?? "0";
  }
  within(card: Card, e: HTMLElement): boolean {
    return this.box(card.node)?.contains(e) ?? false;
  }
  move(card: Card, parent: string, before: string): void {
    if (before !== card.node) void this.moves.move(card, parent, before);
  }
  onto(card: Card, into: string): void {
    void this.moves.onto(card, into);
  }
  begin(card: Card): void {
    this.moves.begin(card);
  }

  // drawn puts back what fresh parts do not know.
  private drawn = (): void => {
    if (!this.box(this.at)) this.at = this.boxes()[0]?.dataset["node"] ?? "";
    this.stopAt(this.at);
    this.undrag?.();
    this.undrag = this.moves.may ? followDrags(this) : null;
    this.mark();
  };
  private mark = (): void => {
    const open = new URLSearchParams(location.search).get("node");
    for (const b of this.boxes()) {
      const on = b.dataset["node"] === open;
      b.classList.toggle("on", on);
      const name = this.name(b);
      if (on) name?.setAttribute("aria-current", "true");
      else name?.removeAttribute("aria-current");
    }
  };

  private stopAt(node: string): void {
    this.at = node;
    for (const b of this.boxes()) {
      const stop = b.dataset["node"] === node ? 0 : -1;
      const name = this.name(b), more = document.getElementById(`more-${b.dataset["node"]}`);
      if (name) name.tabIndex = stop;
      if (more) more.tabIndex = stop;
    }
  }
  private go(node: string): void {
    const box = this.box(node);
    if (!box) return;
    this.stopAt(node);
    const name = this.name(box);
    name?.focus({ preventScroll: true });
    (box.querySelector<HTMLElement>(".column-head") ?? box).scrollIntoView({ block: "nearest" });
  }

  // columns are what the side arrows go between: themes at the top and, last, what is in none.
  private columns(): HTMLElement[] {
    return Array.from(this.querySelectorAll<HTMLElement>(".column[data-node], .loose"));
  }
  private within_(column: HTMLElement): HTMLElement[] {
    const all = Array.from(column.querySelectorAll<HTMLElement>("[data-node][data-name]"));
    return column.dataset["name"] === undefined ? all : [column, ...all];
  }

  private onKey(e: KeyboardEvent): void {
    if (!(e.target instanceof Element) || e.target.closest("[popover]") || e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "z") {
      e.preventDefault();
      return void this.moves.takeBack();
    }
    const box = this.boxOf(e.target);
    if (!box || e.ctrlKey || e.metaKey) return;
    const column = box.closest<HTMLElement>(".column, .loose")!;
    const columns = this.columns(), c = columns.indexOf(column);
    const here = this.within_(column), i = here.indexOf(box);
    if (e.key.startsWith("Arrow") && e.altKey) {
      e.preventDefault();
      if (this.moves.may) this.moves.settled(() => this.step(box.dataset["node"]!, e.key));
      return;
    }
    const side = (to: HTMLElement | undefined): void => {
      if (!to) return;
      const there = this.within_(to);
      const first = to.classList.contains("loose") ? i - 1 : i; // what is in no theme has no head
      this.go(there[Math.max(0, Math.min(first, there.length - 1))]?.dataset["node"] ?? "");
    };
    switch (e.key) {
      case "ArrowDown": this.go(here[i + 1]?.dataset["node"] ?? ""); break;
      case "ArrowUp": this.go(here[i - 1]?.dataset["node"] ?? ""); break;
      case "ArrowRight": side(columns.slice(c + 1).find((k) => this.within_(k).length > 0)); break;
      case "ArrowLeft": side(columns.slice(0, c).reverse().find((k) => this.within_(k).length > 0)); break;
      case "Home": this.go(here[0]?.dataset["node"] ?? ""); break;
      case "End": this.go(here[here.length - 1]?.dataset["node"] ?? ""); break;
      case "m":
      case "M":
        if (e.altKey || e.shiftKey || !this.moves.may) return;
        this.moves.open(cardOf(box), this.name(box) ?? box);
        break;
      default: return;
    }
    e.preventDefault();
  }

  // step is Alt with an arrow: a place up or down, a column to the side. A column itself goes to the side.
  private step(node: string, key: string): void {
    const box = this.box(node);
    if (!box) return;
    const card = cardOf(box);
    const [before, after, afterNext] = this.neighbours(card);
    const along = card.kind === "theme" && box.classList.contains("column") ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (key === along[0]) return void (before && this.moves.move(card, card.parent, before.node));
    if (key === along[1]) return void (after && this.moves.move(card, card.parent, afterNext?.node ?? "0"));
    if (card.kind === "theme") return;
    const columns = this.columns(), c = columns.indexOf(box.closest<HTMLElement>(".column, .loose")!);
    const to = key === "ArrowLeft" ? columns[c - 1] : key === "ArrowRight" ? columns[c + 1] : undefined;
    if (to) void this.moves.move(card, to.dataset["node"]!);
  }

  private onClick(e: MouseEvent): void {
    if (!(e.target instanceof Element)) return;
    const more = e.target.closest<HTMLElement>("a[data-menu]");
    const box = this.boxOf(e.target);
    if (!box || e.target.closest("[popover]")) return;
    if (more && e.button === 0 && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
      e.preventDefault();
      return this.moves.open(cardOf(box), more);
    }
    // The whole card opens what its name opens.
    if (box.classList.contains("kard") && !e.target.closest("a, button") && getSelection()?.isCollapsed) this.name(box)?.click();
  }
  private onContext(e: MouseEvent): void {
    const box = e.target instanceof Element ? this.boxOf(e.target) : null;
    if (!box || !this.moves.may || (e.target as Element).closest("[popover]")) return;
    e.preventDefault();
    this.moves.open(cardOf(box), this.name(box) ?? box);
  }
}

customElements.define("theme-board", ThemeBoard);
