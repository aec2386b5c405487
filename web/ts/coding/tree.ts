// The codebook in the left panel: a tree with counts and number keys. A click or Enter applies a code to the selection, and
// without one shows that code alone. One tab stop, arrows inside.

import type { Book } from "./book";
import type { Node } from "./data";
import { dot, h } from "./dom";
import { number, say } from "./words";

export interface TreeEvents {
  apply(code: number): boolean; // whether there was a selection to apply it to
  only(node: number | undefined): void;
  pin(key: string, code: number): void;
  memos(node: number): void;
}

export class Tree {
  private list = h("ul", { role: "tree", class: "codes" });
  private sum = h("span", { class: "surface-n" });
  private menu = h("div", { class: "surface-menu tree-menu", hidden: true, role: "dialog" });
  private shut = new Set<number>();
  private at = 0;
  private key: string;
  filter: number | undefined;

  constructor(private el: HTMLElement, private book: Book, project: number, private may: boolean, private events: TreeEvents) {
    this.key = `anyam:tree:${project}`;
    try {
      this.shut = new Set(JSON.parse(localStorage.getItem(this.key) ?? "[]"));
    } catch {
      // What was kept is not readable; everything is open, then.
    }
    this.list.setAttribute("aria-label", say("surface.codebook"));
    el.append(h("div", { class: "surface-sec" }, h("h2", {}, say("surface.codebook")), this.sum), this.list, this.menu);
    this.list.addEventListener("click", (e) => this.click(e));
    this.list.addEventListener("keydown", (e) => this.keydown(e));
    document.addEventListener("pointerdown", (e) => {
      if (!this.menu.hidden && !this.menu.contains(e.target as globalThis.Node)) this.menu.hidden = true;
    }, true);
  }

  draw(counts: Map<number, number>): void {
    const themes = this.book.order.filter((n) => n.kind === "theme").length;
    const codes = this.book.order.length - themes;
    this.sum.textContent = say("surface.codebook.sum", { themes, codes });
    const held = this.list.contains(document.activeElement);
    const parents = new Set(this.book.order.map((n) => n.parent));
    const hiddenBelow = new Set<number>();
    const rows: HTMLElement[] = [];
    const ids: number[] = [];
    for (const n of this.book.order) {
      if (hiddenBelow.has(n.parent)) {
        hiddenBelow.add(n.id);
        continue;
      }
      const open = parents.has(n.id) ? !this.shut.has(n.id) : undefined;
      if (open === false) hiddenBelow.add(n.id);
      ids.push(n.id);
      rows.push(this.row(n, open, counts.get(n.id) ?? n.count));
    }
    if (!ids.includes(this.at)) this.at = ids[0] ?? 0;
    if (rows.length === 0) rows.push(h("li", { role: "none", class: "surface-empty" }, say(this.may ? "surface.codebook.empty" : "surface.codebook.empty.read")));
    this.list.replaceChildren(...rows);
    if (this.at) this.move(this.at, held);
  }

  private row(n: Node, open: boolean | undefined, count: number): HTMLElement {
    const key = this.book.key(n.id);
    const el = h("li", {
      role: "treeitem",
      class: `code-row ${n.kind}`,
      id: `tree-${n.id}`,
      tabindex: "-1",
      "data-node": n.id,
      "data-depth": Math.min(6, this.book.depth(n)),
      "aria-level": this.book.depth(n),
      "aria-expanded": open === undefined ? undefined : String(open),
      "aria-selected": String(this.filter === n.id),
      title: n.definition || undefined,
    });
    if (n.state === "retired") el.classList.add("retired");
    el.append(
      open === undefined ? h("span", { class: "twist" }) : h("span", { class: "twist has", "aria-hidden": "true" }),
      dot(n.colour || 12, n.pattern),
      h("bdi", { class: "tree-name" }, n.name),
    );
    if (n.state === "retired") el.append(h("span", { class: "surface-soft" }, say("surface.retired")));
    if (key) el.append(h("kbd", { "aria-label": say("surface.key", { key }) }, key));
    el.append(h("span", { class: "surface-n" }, number(count)));
    el.append(h("span", { class: "tree-more", title: say("surface.tree.more"), "aria-hidden": "true" }, "⋯"));
    return el;
  }

  private nodeOf(e: Event): Node | undefined {
    const el = (e.target as Element).closest<HTMLElement>("[data-node]");
    return el ? this.book.nodes.get(Number(el.dataset.node)) : undefined;
  }

  private click(e: MouseEvent): void {
    const n = this.nodeOf(e);
    if (!n) return;
    const t = e.target as Element;
    this.move(n.id, false);
    if (t.closest(".twist.has")) return this.fold(n.id, !this.shut.has(n.id));
    if (t.closest(".tree-more")) return this.openMenu(n);
    this.take(n);
  }

  private take(n: Node): void {
    if (this.may && this.book.applicable(n.id) && this.events.apply(n.id)) return;
    this.only(n.id);
  }

  private only(id: number): void {
    this.filter = this.filter === id ? undefined : id;
    this.events.only(this.filter);
  }

  private fold(id: number, shut: boolean): void {
    if (shut) this.shut.add(id);
    else this.shut.delete(id);
    try {
      localStorage.setItem(this.key, JSON.stringify([...this.shut]));
    } catch {
      // It is open again next time, no more.
    }
    this.events.only(this.filter);
  }

  /** Makes a row the one tab stop. */
  move(id: number, focus: boolean): void {
    this.list.querySelector(`[data-node="${this.at}"]`)?.setAttribute("tabindex", "-1");
    this.at = id;
    const el = this.list.querySelector<HTMLElement>(`[data-node="${id}"]`);
    el?.setAttribute("tabindex", "0");
    if (focus) el?.focus();
  }

  focus(): void {
    this.move(this.at, true);
  }

  private keydown(e: KeyboardEvent): void {
    const n = this.nodeOf(e);
    if (!n || e.altKey || e.ctrlKey || e.metaKey) return;
    const rows = [...this.list.querySelectorAll<HTMLElement>("[data-node]")];
    const i = rows.findIndex((r) => r.dataset.node === String(n.id));
    const go = (to: number) => rows[to] && this.move(Number(rows[to].dataset.node), true);
    const parent = this.list.querySelector(`[data-node="${n.id}"]`)?.getAttribute("aria-expanded");
    let done = true;
    if (e.key === "ArrowDown") go(i + 1);
    else if (e.key === "ArrowUp") go(i - 1);
    else if (e.key === "Home") go(0);
    else if (e.key === "End") go(rows.length - 1);
    else if (e.key === "ArrowRight") parent === "false" ? this.fold(n.id, false) : go(i + 1);
    else if (e.key === "ArrowLeft") parent === "true" ? this.fold(n.id, true) : n.parent && this.move(n.parent, true);
    else if (e.key === "Enter" || e.key === " ") this.take(n);
    else if (e.key === "F10" && e.shiftKey) this.openMenu(n);
    else if (/^Digit[1-9]$/.test(e.code) && this.may && this.book.applicable(n.id)) this.pin(e.code.slice(5), n.id);
    else done = false;
    if (done) {
      e.preventDefault();
      e.stopPropagation();
    }
  }

  private pin(key: string, code: number): void {
    this.events.pin(key, this.book.pins[key] === code ? 0 : code);
    this.menu.hidden = true;
  }

  private openMenu(n: Node): void {
    const row = this.list.querySelector<HTMLElement>(`[data-node="${n.id}"]`);
    if (!row) return;
    const own = this.book.key(n.id);
    this.menu.setAttribute("aria-label", n.name);
    const keys = "123456789".split("").map((k) => {
      const other = this.book.pins[k];
      return h("button", { type: "button", "aria-pressed": String(k === own), title: other ? this.book.name(other) : undefined, class: other && k !== own ? "used" : undefined, onclick: () => this.pin(k, n.id) }, k);
    });
    this.menu.replaceChildren(
      h("b", {}, h("bdi", {}, n.name)),
      n.definition ? h("p", { class: "surface-soft" }, n.definition) : h("p", { class: "surface-soft" }, say("surface.palette.undefined")),
      ...(this.may && this.book.applicable(n.id) ? [h("p", { class: "menu-title" }, say("surface.tree.pin")), h("div", { class: "tree-keys" }, ...keys)] : []),
      h("button", { type: "button", onclick: () => { this.menu.hidden = true; this.only(n.id); } }, say(this.filter === n.id ? "surface.tree.all" : "surface.tree.only")),
      h("button", { type: "button", onclick: () => { this.menu.hidden = true; this.events.memos(n.id); } }, say("surface.memo.open")),
      h("a", { href: location.pathname.replace(/\/documents\/.*$/, `/nodes/${n.id}`) }, say("surface.tree.open")),
      ...(n.kind === "code" ? [h("a", { href: location.pathname.replace(/\/documents\/.*$/, `/nodes/${n.id}/sort`) }, say("surface.tree.split"))] : []),
    );
    this.menu.hidden = false;
    const box = this.el.getBoundingClientRect();
    const r = row.getBoundingClientRect();
    const top = Math.min(r.bottom + 2, window.innerHeight - this.menu.offsetHeight - 8);
    this.menu.style.setProperty("top", `${Math.max(8, top)}px`);
    this.menu.style.setProperty("inset-inline-start", `${document.dir === "rtl" ? window.innerWidth - box.right + 24 : box.left + 24}px`);
    this.menu.querySelector<HTMLElement>("button, a")?.focus();
    this.menu.onkeydown = (e) => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      this.menu.hidden = true;
      this.move(n.id, true);
    };
  }
}
