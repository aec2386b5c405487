// The panel "At the cursor": every coding there, with its words, memos and acts, memos on the words and the document, and more
// of the same code elsewhere.

import type { Book } from "./book";
import type { Coding, Memo, Span } from "./data";
import { dot, h } from "./dom";
import { pressed, released } from "../lib/press";
import { type MemoEvents, Memos, type On } from "./memos";
import type { Store } from "./store";
import type { Text } from "./text";
import type { SegmentElsewhere, Wire } from "./wire";
import { number, say, when } from "./words";

export interface ListEvents extends MemoEvents {
  choose(coding: number): void;
  mark(coding: number): void;
  change(codings: number[]): void;
  edit(coding: number): void;
  remove(codings: number[]): void;
  reference(span: Span): void;
  redraw(): void;
  back(): void; // the focus goes back to the text
}

export interface May {
  code: boolean;
  memo: boolean;
}

const cardsAtMost = 40;

export class List {
  private title = h("h2", {});
  private count = h("span", { class: "surface-n" });
  private bar = h("div", { class: "marked-bar", hidden: true });
  private cards = h("div", { class: "cards" });
  private elsewhere = h("section", { class: "elsewhere", hidden: true });
  private shown = new Map<number, { key: string; el: HTMLElement }>();
  private memos: Memos;
  private codeNotes = h("section", { class: "notes", hidden: true });
  private code: number | undefined; // whose memos are shown there
  private codeNoted = "";
  private notes = h("section", { class: "notes" });
  private noted = "";
  private at: Span = { start: 0, stop: 0 };
  private asked = "";
  private kept = new Map<string, { total: number; segments: SegmentElsewhere[] }>();
  private timer = 0;
  private missed: Parameters<List["draw"]> | undefined; // the drawing that waits for a press to be over
  readonly marked = new Set<number>();

  constructor(
    private el: HTMLElement,
    private text: Text,
    private store: Store,
    private book: Book,
    private wire: Wire,
    private zone: string,
    private may: May,
    private events: ListEvents,
  ) {
    this.title.textContent = say("surface.cursor");
    el.append(h("div", { class: "surface-sec" }, this.title, this.count), this.codeNotes, this.bar, this.cards, this.notes, this.elsewhere);
    this.memos = new Memos(store, book, zone, may.memo, `${wire.base}/names.json`, events, (on) => this.left(on));
    this.cards.addEventListener("click", (e) => {
      const t = e.target as Element;
      if (t.closest("button, textarea, a, summary")) return;
      const card = t.closest<HTMLElement>(".coding-card");
      if (!card) return;
      const id = Number(card.dataset.coding);
      if ((e as MouseEvent).ctrlKey || (e as MouseEvent).metaKey) this.events.mark(id);
      else if (!window.getSelection()?.toString()) this.events.choose(id);
    });
    this.cards.addEventListener("keydown", (e) => {
      if ((e.target as Element).closest("textarea")) return;
      const card = (e.target as Element).closest<HTMLElement>(".coding-card");
      if (card && e.key.toLowerCase() === "x" && !e.ctrlKey && !e.metaKey && !e.altKey) {
        e.preventDefault();
        this.events.mark(Number(card.dataset.coding));
      }
    });
  }

  draw(codings: Coding[], focus: number | undefined, at: Span): void {
    if (pressed(this.el)) {
      if (!this.missed)
        void released().then(() => {
          const now = this.missed!;
          this.missed = undefined;
          this.draw(...now);
        });
      this.missed = [codings, focus, at];
      return;
    }
    this.at = at;
    const writing = document.activeElement; // an editor moves along with what is drawn again
    for (const id of [...this.marked]) if (!codings.some((c) => c.id === id) && !this.store.get(id)) this.marked.delete(id);
    this.count.textContent = codings.length ? say(codings.length === 1 ? "surface.codings.one" : "surface.codings", { n: codings.length }) : "";
    const list = codings.slice(0, cardsAtMost);
    const next: HTMLElement[] = [];
    const seen = new Set<number>();
    for (const c of list) {
      seen.add(c.id);
      const memos = this.store.memosOn(c.id);
      const on = c.id === focus;
      const key = [c.code, c.start, c.stop, c.pending ?? "", this.book.name(c.code), this.book.theme(c.code), this.book.colour(c.code), this.book.pattern(c.code), this.book.coder(c.coder), this.memos.look(memos), this.store.memosOn(c.code).length].join("|");
      let s = this.shown.get(c.id);
      if (!s || s.key !== key) {
        s = { key, el: this.card(c, memos) };
        this.shown.set(c.id, s);
      }
      s.el.classList.toggle("on", on);
      if (on) s.el.setAttribute("aria-current", "true");
      else s.el.removeAttribute("aria-current");
      s.el.classList.toggle("marked", this.marked.has(c.id));
      next.push(s.el);
    }
    for (const id of [...this.shown.keys()]) if (!seen.has(id)) this.shown.delete(id);
    if (codings.length > list.length) next.push(h("p", { class: "surface-soft" }, say("surface.andmore", { n: codings.length - list.length })));
    if (codings.length === 0) next.push(h("p", { class: "surface-empty" }, say(this.may.code ? "surface.nothing" : "surface.nothing.read")));
    const now = [...this.cards.children];
    if (now.length !== next.length || next.some((el, i) => el !== now[i])) {
      const held = document.activeElement instanceof HTMLElement && this.cards.contains(document.activeElement) ? document.activeElement : undefined;
      this.cards.replaceChildren(...next);
      if (held?.isConnected) held.focus({ preventScroll: true });
    }
    this.drawNotes();
    this.drawCode();
    if (writing instanceof HTMLTextAreaElement && writing !== document.activeElement && writing.isConnected && writing.closest(".card-editor")) writing.focus({ preventScroll: true });
    this.drawBar();
    const lead = codings.find((c) => c.id === focus) ?? codings[0];
    this.more(lead && lead.code > 0 ? lead : undefined);
  }

  private drawBar(): void {
    const ids = [...this.marked];
    this.bar.hidden = ids.length === 0;
    if (ids.length === 0) return;
    this.bar.replaceChildren(
      h("span", {}, say(ids.length === 1 ? "surface.marked.one" : "surface.marked", { n: ids.length })),
      h("button", { type: "button", onclick: () => this.events.change(ids) }, say("surface.change")),
      h("button", { type: "button", onclick: () => this.events.remove(ids) }, say("surface.remove")),
      h("button", { type: "button", "aria-label": say("surface.unmark"), onclick: () => { this.marked.clear(); this.events.redraw(); } }, "×"),
    );
  }

  private card(c: Coding, memos: Memo[]): HTMLElement {
    const theme = this.book.theme(c.code);
    const coder = this.book.coders.get(c.coder);
    const el = h("article", { class: "coding-card", tabindex: "-1", "data-coding": c.id, "data-hue": this.book.colour(c.code), "aria-label": this.book.name(c.code) });
    if (c.pending) el.classList.add("waits");
    const words = this.text.quote({ start: c.start, stop: Math.min(c.stop, c.start + 600) });
    const quote = h("blockquote", { dir: "auto" }, words + (c.stop - c.start > 600 ? "…" : ""));
    el.append(
      h("h3", {}, dot(this.book.colour(c.code), this.book.pattern(c.code)), h("bdi", {}, this.book.name(c.code)), theme ? h("span", { class: "surface-soft" }, " " + say("surface.in", { theme })) : null),
      quote,
      h("p", { class: "card-meta" }, h("span", { title: coder?.name }, this.book.coder(c.coder)), h("span", {}, c.pending ? say("surface.onway") : when(c.at, this.zone))),
    );
    const onCode = this.store.memosOn(c.code).length;
    if (onCode) el.append(h("button", { type: "button", class: "card-code-memos", onclick: () => this.showCode(c.code, false) }, say("surface.memo.oncode", { n: onCode })));
    el.append(this.memos.list({ id: c.id }, memos));
    const act = (name: string, key: string, f: () => void) => h("button", { type: "button", title: key, onclick: f }, name);
    el.append(
      h(
        "div",
        { class: "card-acts" },
        this.may.memo && act(say("surface.memo"), "M", () => this.write(c.id)),
        ...(this.may.code ? [act(say("surface.change"), "C", () => this.events.change([c.id])), act(say("surface.edit"), "E", () => this.events.edit(c.id)), act(say("surface.remove"), "Del", () => this.events.remove([c.id]))] : []),
        act(say("surface.reference"), "Y", () => this.events.reference(c)),
      ),
    );
    return el;
  }

  /** Opens the memo editor on a coding's card. */
  write(coding: number): void {
    const list = this.shown.get(coding)?.el.querySelector<HTMLElement>(".card-memos");
    if (list) this.memos.write(list, { id: coding });
  }

  /** Opens the memo editor on words of the document, or on the document. */
  writeOn(span: Span | undefined): void {
    const on: On = { id: this.wire.document, ...(span ? { start: span.start, stop: span.stop } : {}) };
    this.drawNotes(on);
    const list = this.notes.querySelector<HTMLElement>(`[data-on="${span ? `${span.start}-${span.stop}` : "document"}"] .card-memos`);
    if (list) this.memos.write(list, on);
  }

  /** Shows the memos on a code or theme above the cards, and opens the editor of a new one. */
  showCode(id: number, write: boolean): void {
    this.code = id;
    this.codeNoted = "";
    this.drawCode();
    const list = this.codeNotes.querySelector<HTMLElement>(".card-memos");
    if (write && this.may.memo && list) this.memos.write(list, { id });
    else this.codeNotes.querySelector<HTMLElement>("h3")?.focus();
    this.codeNotes.scrollIntoView({ block: "nearest" });
  }

  private drawCode(): void {
    const id = this.code;
    const node = id === undefined ? undefined : this.book.nodes.get(id);
    this.codeNotes.hidden = !node;
    if (!node) {
      this.codeNoted = "";
      return this.codeNotes.replaceChildren();
    }
    const memos = this.store.memosOn(node.id);
    const key = [node.id, node.name, node.colour, this.memos.look(memos), this.book.coders.size].join("|");
    if (key === this.codeNoted) return;
    this.codeNoted = key;
    const on = { id: node.id };
    const list = this.memos.list(on, memos);
    const away = () => {
      this.code = undefined;
      this.drawCode();
      this.events.back();
    };
    this.codeNotes.replaceChildren(
      h(
        "article",
        { class: "note-card note-code", "data-on": "code", "data-hue": this.book.colour(node.id) },
        h("header", {}, dot(this.book.colour(node.id), this.book.pattern(node.id)), h("h3", { tabindex: "-1" }, say("surface.memo.code", { name: node.name })), h("button", { type: "button", class: "note-close", "aria-label": say("surface.close"), onclick: away }, "×")),
        memos.length ? null : h("p", { class: "surface-soft" }, say("surface.memo.code.none")),
        list,
        this.may.memo && h("div", { class: "card-acts" }, h("button", { type: "button", onclick: () => this.memos.write(list, on) }, say("surface.memo.code.write"))),
      ),
    );
  }

  /** Brings the memos on the words at the cursor into view. */
  showNotes(): void {
    this.notes.scrollIntoView({ block: "nearest" });
  }

  private left(on: On): void {
    this.codeNoted = "";
    const s = this.shown.get(on.id);
    if (s) s.key = "";
    this.noted = "";
    this.events.redraw();
    this.events.back();
  }

  /** Memos on the words at the cursor, and on the document. */
  private drawNotes(also?: On): void {
    const id = this.wire.document;
    const all = this.store.memosOn(id);
    const spans = new Map<string, { on: On; memos: Memo[] }>();
    const put = (on: On, m?: Memo) => {
      const k = `${on.start}-${on.stop}`;
      const g = spans.get(k) ?? { on, memos: [] };
      if (m) g.memos.push(m);
      spans.set(k, g);
    };
    for (const m of all) if (m.stop && m.start! < Math.max(this.at.stop, this.at.start + 1) && m.stop > this.at.start) put({ id, start: m.start, stop: m.stop }, m);
    for (const on of this.memos.begun()) put(on, undefined);
    if (also?.stop) put(also, undefined);
    const whole = all.filter((m) => !m.stop);
    const groups = [...spans.values()].sort((a, b) => a.on.start! - b.on.start!);
    const key = [...groups.map((g) => `${g.on.start}-${g.on.stop}:${this.memos.look(g.memos)}`), this.memos.look(whole), this.book.coders.size].join("|");
    if (key === this.noted) return;
    this.noted = key;
    this.notes.replaceChildren(
      ...groups.map((g) =>
        h("article", { class: "note-card", "data-on": `${g.on.start}-${g.on.stop}` }, h("h3", {}, say("surface.memo.words")), h("blockquote", { dir: "auto" }, this.text.quote({ start: g.on.start!, stop: Math.min(g.on.stop!, g.on.start! + 300) }) + (g.on.stop! - g.on.start! > 300 ? "…" : "")), this.memos.list(g.on, g.memos)),
      ),
      whole.length || this.may.memo
        ? h(
            "div",
            { class: "note-document", "data-on": "document" },
            h("div", { class: "surface-sec" }, h("h2", {}, say("surface.memo.document")), h("span", { class: "surface-n" }, whole.length ? number(whole.length) : "")),
            this.memos.list({ id }, whole),
            this.may.memo && h("div", { class: "card-acts" }, h("button", { type: "button", onclick: () => this.writeOn(undefined) }, say("surface.memo.document.write")), h("button", { type: "button", title: "M", onclick: () => this.writeOn(this.at) }, say("surface.memo.words.write"))),
          )
        : "",
    );
  }

  /** Segments of the same code in the other documents, asked for when the cursor rests. */
  private more(c: Coding | undefined): void {
    if (!c) {
      this.asked = "";
      this.elsewhere.hidden = true;
      return;
    }
    const node = this.book.nodes.get(c.code);
    const key = `${c.code}/${node?.count ?? 0}`;
    if (key === this.asked) return;
    this.asked = key;
    clearTimeout(this.timer);
    const have = this.kept.get(key);
    if (have) return this.drawMore(c.code, have);
    if (this.elsewhere.dataset.code !== String(c.code)) this.elsewhere.hidden = true;
    this.timer = window.setTimeout(async () => {
      try {
        const got = await this.wire.segments(c.code);
        if (this.kept.size > 60) this.kept.clear();
        this.kept.set(key, got);
        if (this.asked === key) this.drawMore(c.code, got);
      } catch {
        this.asked = ""; // the next look at it asks again
      }
    }, 350);
  }

  private drawMore(code: number, got: { total: number; segments: SegmentElsewhere[] }): void {
    const others = got.segments.filter((s) => s.document !== this.wire.document).slice(0, 8);
    this.elsewhere.dataset.code = String(code);
    this.elsewhere.hidden = others.length === 0;
    this.elsewhere.replaceChildren(
      h("div", { class: "surface-sec" }, h("h2", {}, say("surface.elsewhere")), h("a", { class: "surface-n", href: `/projects/${this.wire.project}/nodes/${code}` }, say("surface.elsewhere.all", { n: got.total }))),
      ...others.map((s) => {
        const short = [...s.text].length > 180 ? [...s.text].slice(0, 179).join("") + "…" : s.text;
        return h("a", { class: "elsewhere-one", href: `/projects/${this.wire.project}/documents/${s.document}#t${s.turn}` }, h("q", { dir: "auto" }, short), h("span", { class: "surface-n" }, say("surface.elsewhere.where", { name: s.name, turn: number(s.turn), coder: this.book.coder(s.coder) })));
      }),
    );
  }
}
