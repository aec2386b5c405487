// The document as the page shows it: turns and their parts, and offsets between the page and the document.
//
// A part is one <p class="part"> with one text node (none when it is empty). All parts, joined by one "\n" each, are the
// document's text. Offsets are code points of that text; only here do they meet UTF-16 and the page.

import type { Span } from "./data";
import { Offsets } from "./offsets";
import * as units from "./units";

export interface Part {
  el: HTMLElement;
  turn: number; // place in `turns`, from 0
  start: number;
}

export interface Turn {
  el: HTMLElement;
  number: number;
  first: number; // place of its first part
  last: number;
}

export type Step = "letter" | "word" | "sentence" | "turn";

export class Text {
  readonly parts: Part[] = [];
  readonly turns: Turn[] = [];
  readonly length: number;
  private tables = new Map<number, Offsets>();
  private places = new Map<Element, number>();
  private kept = new Map<string, units.Bounds[]>();

  constructor(root: HTMLElement, private lang: string) {
    for (const el of root.querySelectorAll<HTMLElement>(".turn")) {
      const first = this.parts.length;
      for (const p of el.querySelectorAll<HTMLElement>(".part")) {
        this.places.set(p, this.parts.length);
        this.parts.push({ el: p, turn: this.turns.length, start: Number(p.dataset.start) });
      }
      if (this.parts.length === first) continue;
      this.turns.push({ el, number: Number(el.dataset.turn), first, last: this.parts.length - 1 });
    }
    const last = this.parts.length - 1;
    this.length = last < 0 ? 0 : this.parts[last].start + this.table(last).length;
  }

  words(part: number): string {
    return this.parts[part].el.firstChild?.nodeValue ?? "";
  }

  langOf(part: number): string {
    const own = this.parts[part].el.closest<HTMLElement>("[lang]");
    return own?.lang || this.lang;
  }

  table(part: number): Offsets {
    let t = this.tables.get(part);
    if (!t) {
      t = new Offsets(this.words(part));
      this.tables.set(part, t);
    }
    return t;
  }

  stop(part: number): number {
    return this.parts[part].start + this.table(part).length;
  }

  /** The part that holds an offset; the end of a part belongs to it. */
  partAt(offset: number): number {
    let lo = 0;
    let hi = this.parts.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.parts[mid].start <= offset) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  }

  turnAt(offset: number): number {
    return this.parts[this.partAt(offset)]?.turn ?? 0;
  }

  spanOf(turn: number): Span {
    const t = this.turns[turn];
    return { start: this.parts[t.first].start, stop: this.stop(t.last) };
  }

  /** The words of a span, as they stand in the document. */
  quote(span: Span): string {
    const out: string[] = [];
    for (let i = this.partAt(span.start); i < this.parts.length && this.parts[i].start <= span.stop; i++) {
      const t = this.table(i);
      const s = this.parts[i].start;
      out.push(this.words(i).slice(t.utf16(span.start - s), t.utf16(span.stop - s)));
      if (span.stop <= this.stop(i)) break;
    }
    return out.join("\n");
  }

  /** The pieces of a span, one for each part it touches between two parts, as static ranges for painting. */
  ranges(span: Span, from: number, to: number): StaticRange[] {
    const out: StaticRange[] = [];
    for (let i = Math.max(from, this.partAt(span.start)); i <= to && this.parts[i].start < span.stop; i++) {
      const node = this.parts[i].el.firstChild;
      if (!node) continue;
      const t = this.table(i);
      const s = this.parts[i].start;
      const a = t.utf16(span.start - s);
      const b = t.utf16(span.stop - s);
      if (b > a) out.push(new StaticRange({ startContainer: node, startOffset: a, endContainer: node, endOffset: b }));
    }
    return out;
  }

  /** A live range over the part of a span inside one part; for measuring only. */
  range(part: number, start: number, stop: number): Range | undefined {
    const node = this.parts[part].el.firstChild;
    if (!node) return undefined;
    const t = this.table(part);
    const r = document.createRange();
    r.setStart(node, t.utf16(start - this.parts[part].start));
    r.setEnd(node, t.utf16(stop - this.parts[part].start));
    return r;
  }

  /** The rectangle of the character at an offset, or of the part when it has none. */
  rect(offset: number): DOMRect {
    const p = this.partAt(offset);
    const t = this.table(p);
    const s = this.parts[p].start;
    if (t.length === 0) return this.parts[p].el.getBoundingClientRect();
    const at = Math.min(offset - s, t.length - 1);
    const w = this.words(p);
    let a = t.utf16(at);
    let b = t.utf16(at + 1);
    // Letters below U+0300 join nothing, so that a grapheme need be looked for only elsewhere.
    if (w.charCodeAt(a) >= 0x300 || w.charCodeAt(b) >= 0x300) [a, b] = units.whole(w, a, b, this.lang);
    const r = document.createRange();
    const node = this.parts[p].el.firstChild!;
    r.setStart(node, a);
    r.setEnd(node, b);
    const rects = r.getClientRects();
    // A blank at the end of a line may have a rectangle without width on the next one: take the first.
    return rects[0] ?? r.getBoundingClientRect();
  }

  /** One boundary of a selection as an offset. Anywhere but in a part's own words it falls inward. */
  private boundary(node: globalThis.Node, index: number, end: boolean): number | undefined {
    const el = node instanceof Element ? node : node.parentElement;
    const said = el?.closest?.(".part");
    const place = said ? this.places.get(said) : undefined;
    if (place !== undefined) {
      const t = this.table(place);
      if (node.nodeType === globalThis.Node.TEXT_NODE) return this.parts[place].start + t.point(index);
      return index === 0 ? this.parts[place].start : this.stop(place);
    }
    const r = document.createRange();
    try {
      r.setStart(node, index);
    } catch {
      return undefined;
    }
    r.collapse(true);
    // The first part that does not lie before the boundary.
    let lo = 0;
    let hi = this.parts.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (r.comparePoint(this.parts[mid].el, 0) < 0) lo = mid + 1;
      else hi = mid;
    }
    if (!end) return lo < this.parts.length ? this.parts[lo].start : undefined;
    return lo > 0 ? this.stop(lo - 1) : undefined;
  }

  /** A range of the page as a span of the document, or nothing when it holds no words. */
  spanOfRange(r: AbstractRange): Span | undefined {
    const start = this.boundary(r.startContainer, r.startOffset, false);
    const stop = this.boundary(r.endContainer, r.endOffset, true);
    if (start === undefined || stop === undefined || stop <= start) return undefined;
    return { start, stop };
  }

  /** The offset under a point of the window, or nothing when no character is there. */
  hit(x: number, y: number, near = false): number | undefined {
    let node: globalThis.Node | null = null;
    let index = 0;
    const d = document as Document & { caretPositionFromPoint?(x: number, y: number): CaretPosition | null };
    if (d.caretPositionFromPoint) {
      const c = d.caretPositionFromPoint(x, y);
      node = c?.offsetNode ?? null;
      index = c?.offset ?? 0;
    } else if (d.caretRangeFromPoint) {
      const r = d.caretRangeFromPoint(x, y);
      node = r?.startContainer ?? null;
      index = r?.startOffset ?? 0;
    }
    if (!node || node.nodeType !== globalThis.Node.TEXT_NODE) return undefined;
    const said = node.parentElement?.closest(".part");
    const place = said ? this.places.get(said) : undefined;
    if (place === undefined) return undefined;
    const offset = this.parts[place].start + this.table(place).point(index);
    if (near) return offset;
    // The caret is the nearest one, so ask the characters on either side of it whether the point is in them.
    for (const at of [offset, offset - 1]) {
      if (at < this.parts[place].start || at >= this.stop(place)) continue;
      const r = this.range(place, at, at + 1);
      for (const q of r?.getClientRects() ?? []) {
        if (x >= q.left - 1 && x <= q.right + 1 && y >= q.top - 6 && y <= q.bottom + 6) return at;
      }
    }
    return undefined;
  }

  /** The units of one part as document offsets. */
  units(part: number, step: Step): Span[] {
    const s = this.parts[part].start;
    const t = this.table(part);
    if (step === "turn" || t.length === 0) return [this.spanOf(this.parts[part].turn)];
    const key = part + step;
    let list = this.kept.get(key);
    if (!list) {
      const w = this.words(part);
      const lang = this.langOf(part);
      if (step === "word") list = units.words(w, lang);
      else if (step === "sentence") list = units.sentences(w, lang);
      else list = units.letters(w, lang);
      if (this.kept.size > 400) this.kept.clear();
      this.kept.set(key, list);
    }
    if (list.length === 0) return [{ start: s, stop: s + t.length }];
    return list.map(([a, b]) => ({ start: s + t.point(a), stop: s + t.point(b) }));
  }

  /** The unit at an offset. */
  unit(offset: number, step: Step): Span {
    const part = this.partAt(offset);
    const list = this.units(part, step);
    const i = units.unitAt(list.map((u) => [u.start, u.stop]), offset);
    return list[Math.max(0, i)];
  }

  /** The next unit after (or before) one, over the bounds of parts and turns; the same one at the ends. */
  next(from: Span, step: Step, by: 1 | -1): Span {
    if (step === "turn") {
      const t = this.turnAt(from.start) + by;
      return t < 0 || t >= this.turns.length ? from : this.spanOf(t);
    }
    let part = this.partAt(by > 0 ? Math.max(from.start, from.stop - 1) : from.start);
    const here = this.units(part, step);
    if (by > 0) {
      const n = here.find((u) => u.start >= from.stop);
      if (n) return n;
    } else {
      for (let i = here.length - 1; i >= 0; i--) if (here[i].stop <= from.start) return here[i];
    }
    for (part += by; part >= 0 && part < this.parts.length; part += by) {
      if (this.table(part).length === 0) continue;
      const list = this.units(part, step);
      return by > 0 ? list[0] : list[list.length - 1];
    }
    return from;
  }

  /** A span snapped to whole words, or with `letters` only to whole graphemes; nothing when only white space is left. */
  snap(span: Span, letters = false): Span | undefined {
    let { start, stop } = span;
    let a = this.partAt(start);
    let b = this.partAt(Math.max(start, stop - 1));
    // Inward over parts of which nothing but white space is taken.
    const piece = (p: number): units.Bounds => {
      const t = this.table(p);
      const s = this.parts[p].start;
      return units.trim(this.words(p), t.utf16(start - s), t.utf16(stop - s));
    };
    for (;;) {
      const [x, y] = piece(a);
      if (y > x) break;
      if (a >= b) return undefined;
      a++;
      start = this.parts[a].start;
    }
    for (;;) {
      const [x, y] = piece(b);
      if (y > x || b <= a) break;
      b--;
      stop = this.stop(b);
    }
    const f = letters ? units.whole : units.snap;
    const [a0, a1] = piece(a);
    const [b0, b1] = piece(b);
    start = this.parts[a].start + this.table(a).point(f(this.words(a), a0, a1, this.langOf(a))[0]);
    stop = this.parts[b].start + this.table(b).point(f(this.words(b), b0, b1, this.langOf(b))[1]);
    return stop > start ? { start, stop } : undefined;
  }

  /** Whether a turn is written from right to left. */
  rtl(offset: number): boolean {
    const p = this.parts[this.partAt(offset)];
    return !!p && getComputedStyle(p.el).direction === "rtl";
  }
}
