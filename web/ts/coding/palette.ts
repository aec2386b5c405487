// The palette: a box for a few letters, the codes that answer them, and the acts on them. Choosing a code makes the coding.

import type { Book, Code } from "./book";
import { dot, h, px, unplaced } from "./dom";
import { find, type Found } from "./match";
import { say } from "./words";

export interface Ask {
  /** The words in question, for the in-vivo row and the count. */
  quote: string;
  length: number; // code points
  /** Codes that are already there on exactly this, and are taken away when chosen. */
  ticked: Set<number>;
  /** Apply to words, or change the code of a coding (then nothing can be made in vivo and nothing stays open). */
  change: boolean;
  recent: number[];
  /** Rectangles of the first and the last character, read anew when the window moves. */
  rects(): [DOMRect, DOMRect];
}

export interface PaletteEvents {
  choose(code: number, stay: boolean): void;
  create(name: string, stay: boolean, invivo: boolean): void;
  closed(): void;
}

type Row = { kind: "code"; code: Code; at: number[]; was?: string } | { kind: "create"; name: string } | { kind: "invivo"; name: string };

const most = 60;

export class Palette {
  private input = h("input", {
    type: "text",
    role: "combobox",
    class: "palette-in",
    "aria-expanded": "true",
    "aria-controls": "palette-list",
    "aria-autocomplete": "list",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "done",
  });
  private count = h("span", { class: "surface-n" });
  private list = h("div", { class: "palette-list", id: "palette-list", role: "listbox" });
  private about = h("p", { class: "palette-about", "aria-live": "off" });
  private foot = h("footer", { class: "palette-foot" });
  readonly el: HTMLElement;
  private ask: Ask | undefined;
  private rows: Row[] = [];
  private active = 0;

  constructor(root: HTMLElement, private stage: HTMLElement, private book: Book, private events: PaletteEvents) {
    this.input.setAttribute("aria-label", say("surface.palette.label"));
    this.input.placeholder = say("surface.palette.hint");
    this.list.setAttribute("aria-label", say("surface.palette.codes"));
    const close = h("button", { type: "button", class: "palette-close", "aria-label": say("surface.close"), onclick: () => this.close() }, "×");
    this.el = h(
      "div",
      { class: "palette", hidden: true, role: "dialog", "aria-label": say("surface.palette.label") },
      h("div", { class: "palette-head" }, this.input, this.count, close),
      this.list,
      this.about,
      this.foot,
    );
    root.append(this.el);
    this.input.addEventListener("input", () => this.fill(0));
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.list.addEventListener("pointerdown", (e) => e.preventDefault());
    this.list.addEventListener("pointermove", (e) => {
      const i = this.rowOf(e);
      if (i >= 0 && i !== this.active) this.mark(i, false);
    });
    this.list.addEventListener("click", (e) => {
      const i = this.rowOf(e);
      if (i >= 0) this.take(this.rows[i], e.shiftKey);
    });
    document.addEventListener("pointerdown", (e) => {
      if (this.open && !this.el.contains(e.target as globalThis.Node)) this.close(false);
    }, true);
  }

  get open(): boolean {
    return !!this.ask;
  }

  show(ask: Ask): void {
    this.ask = ask;
    this.el.hidden = false;
    this.input.value = "";
    this.count.textContent = say(ask.length === 1 ? "surface.characters.one" : "surface.characters", { n: ask.length });
    const foot: [string, string][] = [["↵", say("surface.palette.apply")]];
    if (!ask.change) foot.push(["⇧ ↵", say("surface.palette.stay")]);
    if (this.mayCreate) foot.push(["Ctrl ↵", say("surface.palette.create")]);
    foot.push(["Esc", say("surface.palette.close")]);
    this.foot.replaceChildren(...foot.map(([k, s]) => h("span", {}, h("kbd", {}, k), " " + s)));
    this.fill(0);
    this.place();
    this.input.focus({ preventScroll: true });
  }

  /** What is there has changed (something was applied and the palette stayed). */
  again(ticked: Set<number>): void {
    if (!this.ask) return;
    this.ask.ticked = ticked;
    this.input.value = "";
    this.fill(0);
  }

  /** The codebook has changed: what is typed is looked for again, and a row that was gone to stays chosen. */
  renew(): void {
    if (!this.ask) return;
    const was = this.active > 0 ? this.rows[this.active] : undefined;
    this.fill(0);
    if (!was) return;
    const i = this.rows.findIndex((r) => r.kind === was.kind && (r.kind !== "code" || was.kind !== "code" || r.code.id === was.code.id));
    if (i > 0) this.mark(i, true);
  }

  close(back = true): void {
    if (!this.ask) return;
    this.ask = undefined;
    this.el.hidden = true;
    if (back) this.events.closed();
  }

  private get mayCreate(): boolean {
    return this.book.may.codebook || this.book.may.code;
  }

  /** Below the last character, else above the first, else beside the words; never over them. */
  place(): void {
    if (!this.ask) return;
    unplaced(this.el, "top", "bottom", "left", "right", "max-height");
    if (window.innerWidth < 760) return; // a sheet at the bottom, by the style sheet
    const [first, last] = this.ask.rects();
    const box = this.stage.getBoundingClientRect();
    const gap = 8;
    const want = 300;
    const below = window.innerHeight - last.bottom - gap * 2;
    const above = first.top - box.top - gap * 2;
    const width = this.el.offsetWidth;
    const x = Math.min(Math.max(box.left + gap, Math.min(first.left, last.left) - 12), Math.max(box.left + gap, box.right - width - gap));
    if (below >= want || (below >= above && below >= 220)) px(this.el, { top: last.bottom + gap, left: x, "max-height": below });
    else if (above >= 220) px(this.el, { bottom: window.innerHeight - first.top + gap, left: x, "max-height": above });
    else px(this.el, { bottom: gap * 5, left: Math.min(window.innerWidth - width - gap, box.right - width / 2), "max-height": window.innerHeight - box.top - gap * 8 });
  }

  private rowOf(e: Event): number {
    const r = (e.target as Element).closest<HTMLElement>("[role=option]");
    return r ? Number(r.dataset.i) : -1;
  }

  private fill(active: number): void {
    if (!this.ask) return;
    const ask = this.ask;
    const q = this.input.value.trim();
    const rows: Row[] = [];
    const out: HTMLElement[] = [];
    const option = (row: Row): HTMLElement => {
      const i = rows.push(row) - 1;
      const el = h("div", { role: "option", id: `palette-${i}`, class: "palette-row", "data-i": i, "aria-selected": "false" });
      if (row.kind === "code") {
        const c = row.code;
        const on = ask.ticked.has(c.id);
        const key = this.book.key(c.id);
        el.append(dot(c.colour, c.pattern), bold(c.name, row.at), h("span", { class: "palette-theme" }, h("bdi", {}, row.was ? say("surface.palette.was", { name: row.was }) : c.theme)));
        if (on) el.append(h("span", { class: "palette-tick" }, "✓"), h("span", { class: "surface-away" }, say("surface.palette.there")));
        if (key && q === "") el.append(h("kbd", {}, key));
      } else if (row.kind === "create") {
        el.append(h("i", { class: "palette-plus", "aria-hidden": "true" }, "+"), h("span", { class: "palette-name" }, say("surface.palette.create.name", { name: row.name })), h("kbd", {}, "Ctrl ↵"));
      } else {
        el.append(h("i", { class: "palette-plus", "aria-hidden": "true" }, "“"), h("span", { class: "palette-name" }, say("surface.palette.invivo", { words: row.name })));
      }
      return el;
    };
    const group = (name: string, items: HTMLElement[]) => {
      if (items.length) out.push(h("div", { role: "group", "aria-label": name }, h("div", { class: "palette-group", "aria-hidden": "true" }, name), ...items));
    };
    const codes = this.book.codes();
    if (q === "") {
      const by = new Map(codes.map((c) => [c.id, c]));
      const done = new Set<number>();
      const some = (ids: number[]) =>
        ids
          .filter((id) => by.has(id) && !done.has(id) && (done.add(id), true))
          .map((id) => option({ kind: "code", code: by.get(id)!, at: [] }));
      group(say("surface.palette.here"), some([...ask.ticked]));
      group(say("surface.palette.recent"), some(ask.recent.slice(0, 5)));
      group(say("surface.palette.pinned"), some(Object.keys(this.book.pins).sort().map((k) => this.book.pins[k])));
      group(say("surface.palette.all"), some(codes.map((c) => c.id).slice(0, 400)));
    } else {
      const found: Found<Code>[] = find(q, codes, most);
      out.push(...found.map((f) => option({ kind: "code", code: f.item, at: f.at, was: f.was })));
      if (found.length === 0) out.push(h("p", { class: "palette-none" }, say("surface.palette.none")));
    }
    if (!ask.change && this.mayCreate) {
      const acts: HTMLElement[] = [];
      if (q !== "") acts.push(option({ kind: "create", name: q }));
      const own = invivo(ask.quote);
      if (own) acts.push(option({ kind: "invivo", name: own }));
      out.push(h("div", { role: "group", class: "palette-acts", "aria-label": say("surface.palette.new") }, ...acts));
    }
    this.rows = rows;
    this.list.replaceChildren(...out);
    this.mark(Math.min(active, rows.length - 1), true);
  }

  private mark(i: number, scroll: boolean): void {
    this.active = i;
    for (const el of this.list.querySelectorAll<HTMLElement>("[role=option]")) {
      const on = Number(el.dataset.i) === i;
      el.setAttribute("aria-selected", String(on));
      if (on && scroll) el.scrollIntoView({ block: "nearest" });
    }
    if (i >= 0) this.input.setAttribute("aria-activedescendant", `palette-${i}`);
    else this.input.removeAttribute("aria-activedescendant");
    if (i === 0 && scroll) this.list.scrollTop = 0;
    const row = this.rows[i];
    this.about.textContent = row?.kind === "code" ? row.code.definition || say("surface.palette.undefined") : row?.kind === "invivo" ? say("surface.palette.invivo.why") : row ? say("surface.palette.create.why") : "";
    this.about.classList.toggle("quiet", row?.kind !== "code" || !row.code.definition);
  }

  private key(e: KeyboardEvent): void {
    if (e.isComposing || e.keyCode === 229) return; // an input method is at work
    const n = this.rows.length;
    const stop = () => {
      e.preventDefault();
      e.stopPropagation();
    };
    if (e.key === "Escape") {
      stop();
      this.close();
    } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      stop();
      if (n) this.mark((this.active + (e.key === "ArrowDown" ? 1 : n - 1)) % n, true);
    } else if (e.key === "PageDown" || e.key === "PageUp") {
      stop();
      if (n) this.mark(Math.max(0, Math.min(n - 1, this.active + (e.key === "PageDown" ? 8 : -8))), true);
    } else if (e.key === "Enter") {
      stop();
      const q = this.input.value.trim();
      if ((e.ctrlKey || e.metaKey) && !this.ask!.change && this.mayCreate) {
        if (q) this.take({ kind: "create", name: q }, e.shiftKey);
        else {
          const own = invivo(this.ask!.quote);
          if (own) this.take({ kind: "invivo", name: own }, e.shiftKey);
        }
      } else if (this.rows[this.active]) this.take(this.rows[this.active], e.shiftKey);
    } else if (e.key === "Tab") {
      stop();
      this.close();
    } else if (/^Digit[1-9]$/.test(e.code) && this.input.value === "" && !e.ctrlKey && !e.metaKey && !e.altKey && !e.shiftKey) {
      // The keys stand beside the pinned rows; with something typed a digit is a digit.
      const code = this.book.pins[e.code.slice(5)];
      if (code && this.book.applicable(code)) {
        stop();
        this.events.choose(code, false);
      }
    } else e.stopPropagation();
  }

  private take(row: Row, stay: boolean): void {
    const keep = stay && !this.ask!.change;
    if (row.kind === "code") this.events.choose(row.code.id, keep);
    else this.events.create(row.name, keep, row.kind === "invivo");
  }
}

/** The words as the name of a code: one line, no comma and the like left over at an end, not longer than eighty characters. */
export function invivo(words: string): string {
  const w = words.replace(/\s+/g, " ").replace(/^[\s,.;:!?…)\]–—-]+|[\s,;:([–—-]+$/gu, "");
  const c = [...w];
  if (c.length <= 80) return w;
  const cut = c.slice(0, 79).join("");
  const space = cut.lastIndexOf(" ");
  return (space > 40 ? cut.slice(0, space) : cut) + "…";
}

function bold(name: string, at: number[]): HTMLElement {
  const el = h("bdi", { class: "palette-name" });
  let i = 0;
  let run = "";
  const flush = () => {
    if (run) el.append(run);
    run = "";
  };
  for (const c of name) {
    if (at.includes(i)) {
      flush();
      const last = el.lastChild;
      if (last instanceof HTMLElement && at.includes(i - 1)) last.append(c);
      else el.append(h("b", {}, c));
    } else run += c;
    i += c.length;
  }
  flush();
  return el;
}

