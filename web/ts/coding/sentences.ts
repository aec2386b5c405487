// Sentence mode: the sentences near the window are options of one listbox, which every screen reader knows and every finger
// finds. The text itself is the listbox; each part of a turn near the window gets a transparent copy, laid exactly over it, whose
// sentences are the options, and is itself hidden from screen readers. Nothing is measured and no part is changed: the copy
// has the same letters in the same lines and stands where its part stands.

import type { Book } from "./book";
import type { Coding, Span } from "./data";
import { h } from "./dom";
import type { Index } from "./intervals";
import type { Text } from "./text";
import * as units from "./units";
import { say } from "./words";

/** Whether nothing but white space stands between two offsets. */
export type Blank = (from: number, to: number) => boolean;

const covers = (s: Span, o: Span) => s.start <= o.start && s.stop >= o.stop;

/** What is taken, with one span more: joined with those that it touches or from which only white space parts it. */
export function take(taken: Span[], s: Span, blank: Blank): Span[] {
  const out: Span[] = [];
  for (const t of [...taken, s].sort((a, b) => a.start - b.start || a.stop - b.stop)) {
    const last = out[out.length - 1];
    if (last && (t.start <= last.stop || blank(last.stop, t.start))) last.stop = Math.max(last.stop, t.stop);
    else out.push({ start: t.start, stop: t.stop });
  }
  return out;
}

/** What is taken without one span; `trim` takes the white space off what is left, and gives nothing where nothing is. */
export function letGo(taken: Span[], s: Span, trim: (s: Span) => Span | undefined): Span[] {
  return taken.flatMap((t) => {
    if (t.stop <= s.start || t.start >= s.stop) return [t];
    const left = t.start < s.start ? trim({ start: t.start, stop: s.start }) : undefined;
    const right = t.stop > s.stop ? trim({ start: s.stop, stop: t.stop }) : undefined;
    return [left, right].filter((p): p is Span => !!p);
  });
}

/** What is taken, extended to a span from the nearest one. */
export function reach(taken: Span[], s: Span, blank: Blank): Span[] {
  const far = (t: Span) => Math.max(s.start - t.stop, t.start - s.stop, 0);
  const near = taken.reduce<Span | undefined>((a, t) => (!a || far(t) < far(a) ? t : a), undefined);
  return take(taken, near ? { start: Math.min(near.start, s.start), stop: Math.max(near.stop, s.stop) } : s, blank);
}

export interface SentencesEvents {
  cursor(): Span;
  taken(): Span[];
  /** The cursor goes to a sentence, and this is taken. */
  go(at: Span, taken: Span[], scroll: boolean): void;
}

interface Option {
  el: HTMLElement;
  coded: HTMLElement;
  codes: string;
  span: Span;
}

interface Shown {
  options: Option[];
  copies: HTMLElement[];
}

const slice = 6; // ms of counting at a time

export class Sentences {
  private on = false;
  private label = "";
  private shown = new Map<number, Shown>(); // turn -> its options
  private before: number[] = []; // part -> sentences before it; filled from the front
  private total = -1; // until all are counted
  private timer = 0;
  private chosen = new Set<Option>();
  private anchor: Span | undefined; // of what Shift extends, while the cursor is on `lead`
  private lead: Span | undefined;
  private base: Span[] = [];

  constructor(private turns: HTMLElement, private text: Text, private book: Book, private lang: string, private events: SentencesEvents) {}

  end(): void {
    clearTimeout(this.timer);
  }

  // Drawing.

  /** Options for the turns near the window and the one with the cursor; all are taken away when the mode is off. */
  draw(on: boolean, first: number, last: number, index: Index<Coding>): void {
    if (on !== this.on) this.turn(on);
    if (!on) return;
    const at = this.text.turnAt(this.events.cursor().start);
    for (const i of this.shown.keys()) if ((i < first || i > last) && i !== at) this.drop(i);
    for (let i = first; i <= last; i++) this.show(i, index);
    if (at < this.text.turns.length) this.show(at, index);
    this.mark();
  }

  /** Which sentences are taken, and at which the cursor is. */
  mark(): void {
    if (!this.on) return;
    const taken = this.events.taken();
    const now = new Set<Option>();
    for (const t of this.shown.values()) for (const o of t.options) if (taken.some((s) => covers(s, o.span))) now.add(o);
    for (const o of this.chosen) if (!now.has(o)) o.el.setAttribute("aria-selected", "false");
    for (const o of now) if (!this.chosen.has(o)) o.el.setAttribute("aria-selected", "true");
    this.chosen = now;
    const at = this.sentence(this.events.cursor().start);
    const option = this.shown.get(this.text.turnAt(at.start))?.options.find((o) => o.span.start === at.start);
    if (!option) this.turns.removeAttribute("aria-activedescendant");
    else if (this.turns.getAttribute("aria-activedescendant") !== option.el.id) this.turns.setAttribute("aria-activedescendant", option.el.id);
  }

  /** Switches the roles. While the mode is on, turns without options are not there for screen readers. */
  private turn(on: boolean): void {
    this.on = on;
    this.anchor = this.lead = undefined;
    const t = this.turns;
    if (on) {
      this.label = t.getAttribute("aria-label") ?? "";
      t.setAttribute("role", "listbox");
      t.setAttribute("aria-multiselectable", "true");
      t.setAttribute("aria-label", say("surface.sentences.label"));
      for (const turn of this.text.turns) turn.el.setAttribute("aria-hidden", "true");
      if (this.total < 0) this.count();
      return;
    }
    for (const i of [...this.shown.keys()]) this.drop(i);
    for (const turn of this.text.turns) turn.el.removeAttribute("aria-hidden");
    t.setAttribute("role", "group");
    t.setAttribute("aria-label", this.label);
    t.removeAttribute("aria-multiselectable");
    t.removeAttribute("aria-activedescendant");
  }

  /** The sentences of one part as document offsets; none where it has no words. */
  private of(part: number): Span[] {
    return this.text.table(part).length === 0 ? [] : this.text.units(part, "sentence").filter((s) => this.text.quote(s).trim() !== "");
  }

  private show(i: number, index: Index<Coding>): void {
    let t = this.shown.get(i);
    if (!t) {
      t = this.build(i);
      this.shown.set(i, t);
      this.number(i, t);
    }
    for (const o of t.options) {
      const codes = [...new Set(index.over(o.span.start, o.span.stop).map((c) => this.book.name(c.code)))].join(", ");
      if (codes === o.codes) continue;
      o.codes = codes;
      o.coded.textContent = codes ? " " + say("surface.sentences.coded", { codes }) : "";
    }
  }

  private build(i: number): Shown {
    const turn = this.text.turns[i];
    const t: Shown = { options: [], copies: [] };
    for (let p = turn.first; p <= turn.last; p++) {
      const list = this.of(p);
      if (list.length === 0) continue;
      const part = this.text.parts[p];
      const words = this.text.words(p);
      const table = this.text.table(p);
      const copy = h("p", { class: "part-copy", role: "none", dir: "auto" });
      // White space goes with the sentence before it, so that nothing but options is in the listbox.
      const cuts = list.map((s, k) => (k === 0 ? 0 : table.utf16(s.start - part.start)));
      list.forEach((span, k) => {
        const coded = h("span", { class: "surface-away", lang: this.lang, dir: "auto" });
        const el = h("span", { class: "sentence", role: "option", id: `sentence-${span.start}`, "aria-selected": "false", "data-start": span.start }, words.slice(cuts[k], cuts[k + 1]), coded);
        copy.append(el);
        t.options.push({ el, coded, codes: "", span });
      });
      part.el.setAttribute("aria-hidden", "true");
      part.el.before(copy);
      t.copies.push(copy);
    }
    const el = turn.el;
    if (t.options.length) {
      const who = el.querySelector(".who bdi")?.textContent ?? "";
      el.removeAttribute("aria-hidden");
      el.setAttribute("role", "group");
      el.setAttribute("aria-label", [who, say("surface.reference.turn", { turn: turn.number })].filter(Boolean).join(", "));
      el.querySelector(".who")?.setAttribute("aria-hidden", "true");
    }
    return t;
  }

  private drop(i: number): void {
    const t = this.shown.get(i);
    if (!t) return;
    this.shown.delete(i);
    for (const c of t.copies) c.remove();
    for (const o of t.options) this.chosen.delete(o);
    const turn = this.text.turns[i];
    for (let p = turn.first; p <= turn.last; p++) this.text.parts[p].el.removeAttribute("aria-hidden");
    turn.el.querySelector(".who")?.removeAttribute("aria-hidden");
    turn.el.removeAttribute("role");
    turn.el.removeAttribute("aria-label");
    turn.el.setAttribute("aria-hidden", "true");
  }

  // Places in the whole document.

  /** Counts the sentences of the document, a little at a time. */
  private count(): void {
    const begun = performance.now();
    const parts = this.text.parts.length;
    let p = this.before.length;
    let n = p === 0 ? 0 : this.before[p - 1] + this.sentencesIn(p - 1);
    while (p < parts && performance.now() - begun < slice) {
      this.before.push(n);
      n += this.sentencesIn(p++);
    }
    if (p < parts) {
      this.timer = window.setTimeout(() => this.count(), 0);
      return;
    }
    this.total = n;
    for (const [i, t] of this.shown) this.number(i, t);
  }

  // Not by way of the text's own memory, which is for what is near.
  private sentencesIn(part: number): number {
    const words = this.text.words(part);
    return words.trim() === "" ? 0 : units.sentences(words, this.text.langOf(part)).length;
  }

  private number(i: number, t: Shown): void {
    let at = this.total < 0 ? -1 : this.before[this.text.turns[i].first];
    for (const o of t.options) {
      o.el.setAttribute("aria-setsize", String(this.total));
      if (at >= 0) o.el.setAttribute("aria-posinset", String(++at));
    }
  }

  // Keys and presses.

  private sentence(offset: number): Span {
    return this.text.unit(offset, "sentence");
  }

  /** The sentence after or before one; the same at the ends. Parts that are only white space are passed over. */
  private next(from: Span, by: 1 | -1): Span {
    for (let s = from; ; ) {
      const n = this.text.next(s, "sentence", by);
      if (n.start === s.start) return from;
      if (this.text.quote(n).trim() !== "") return n;
      s = n;
    }
  }

  private readonly blank: Blank = (start, stop) => stop - start < 400 && this.text.quote({ start, stop }).trim() === "";

  private readonly trim = (s: Span): Span | undefined => {
    const words = this.text.quote(s);
    const left = [...words.slice(0, words.length - words.trimStart().length)].length;
    const right = [...words.slice(words.trimEnd().length)].length;
    return words.trim() === "" ? undefined : { start: s.start + left, stop: s.stop - right };
  };

  /** A key press on the listbox; tells whether it was one for here. */
  key(e: KeyboardEvent): boolean {
    if (e.altKey || e.ctrlKey || e.metaKey || e.isComposing || e.keyCode === 229 || this.text.length === 0) return false;
    const at = this.events.cursor();
    const rtl = this.text.rtl(at.start);
    const ahead: Record<string, boolean> = { ArrowDown: true, ArrowUp: false, ArrowRight: !rtl, ArrowLeft: rtl, PageDown: true, PageUp: false };
    if (e.key in ahead) {
      const by = ahead[e.key] ? 1 : -1;
      const turns = e.key.startsWith("Page");
      if (e.shiftKey) this.extend(turns ? this.edge(by) : this.next(this.leading(), by));
      else this.go(turns ? this.neighbour(at, by) : this.next(at, by));
    } else if (e.key === " " || e.key.toLowerCase() === "a") this.toggle(this.sentence(at.start));
    else return "wst".includes(e.key.toLowerCase()); // there is one step here
    return true;
  }

  private go(s: Span): void {
    this.anchor = this.lead = undefined;
    this.events.go(s, this.events.taken(), true);
  }

  /** The first sentence of the turn after or before; at the ends the last and the first of the document. */
  private neighbour(from: Span, by: 1 | -1): Span {
    for (let i = this.text.turnAt(from.start) + by; i >= 0 && i < this.text.turns.length; i += by) {
      const { first, last } = this.text.turns[i];
      for (let p = first; p <= last; p++) {
        const s = this.of(p)[0];
        if (s) return s;
      }
    }
    return by < 0 ? this.sentence(0) : this.sentence(this.text.length);
  }

  /** The last (first) sentence of the turn, or of the next one when the lead is there already. */
  private edge(by: 1 | -1): Span {
    const from = this.next(this.leading(), by);
    const turn = this.text.turnAt(from.start);
    for (let s = from; ; ) {
      const n = this.next(s, by);
      if (n.start === s.start || this.text.turnAt(n.start) !== turn) return s;
      s = n;
    }
  }

  private leading(): Span {
    const at = this.events.cursor();
    return this.anchor && this.lead && this.lead.start === at.start && this.lead.stop === at.stop ? this.lead : at;
  }

  private extend(to: Span): void {
    if (this.leading() !== this.lead) {
      this.anchor = this.sentence(this.events.cursor().start);
      this.base = this.events.taken();
    }
    const from = this.anchor!;
    this.lead = to;
    this.events.go(to, take(this.base, { start: Math.min(from.start, to.start), stop: Math.max(from.stop, to.stop) }, this.blank), true);
  }

  /** Takes a sentence, or lets go of it. */
  toggle(s: Span, scroll = true): void {
    this.anchor = this.lead = undefined;
    const taken = this.events.taken();
    this.events.go(s, taken.some((t) => covers(t, s)) ? letGo(taken, s, this.trim) : take(taken, s, this.blank), scroll);
  }

  /** A click or a tap: takes a sentence, extends to it from what is taken, or lets go of one that is. `one` takes it by itself. */
  press(offset: number, one: boolean): void {
    const s = this.sentence(offset);
    const taken = this.events.taken();
    if (one || taken.some((t) => covers(t, s))) return this.toggle(s, false);
    this.anchor = this.lead = undefined;
    this.events.go(s, reach(taken, s, this.blank), false);
  }
}
