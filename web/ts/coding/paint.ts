// Colour on the words, through the CSS Custom Highlight API. Nothing is ever wrapped; what is registered is only what lies
// near the window, in a fixed set of names that the style sheet knows. A browser goes through all that is registered when
// anything is, so nothing is registered twice: parts that come near are added, parts that go away are taken out.

import type { Coding, Span } from "./data";
import { type Index, innermost } from "./intervals";
import type { Text } from "./text";

export const depth = 3; // underlines on top of one another
const hues = 12;
const order = { search: 1, tint: 2, memo: 3, line: 3, focus: 4, cursor: 5, sel: 6, pending: 7, arrival: 8 };

export interface Marks {
  cursor?: Span;
  sel: Span[];
  focus: Span[];
  preview: Span[];
  search: Span[];
  memo: Span[]; // words with a memo
  arrival: Span[]; // words that a link led to, for a moment
}

export class Paint {
  /** Whether the browser has the API; without it stripes and list do the work alone. */
  readonly able = typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function";
  private set = new Map<string, Highlight>();
  private painted = new Map<number, [Highlight, StaticRange][]>(); // by part
  private said = new Map<string, string>(); // what each of the marks shows
  private waiting: Coding[] = [];

  constructor(private text: Text) {
    if (!this.able) return;
    for (let c = 1; c <= hues; c++) {
      this.make(`tint-${c}`, order.tint);
      for (let l = 0; l < depth; l++) this.make(`line-${c}-${l}`, order.line);
    }
    for (const k of ["search", "memo", "focus", "cursor", "sel", "pending", "arrival"] as const) this.make(`surface-${k}`, order[k]);
  }

  private make(name: string, priority: number): void {
    const x = new Highlight();
    x.priority = priority;
    this.set.set(name, x);
    CSS.highlights.set(name, x);
  }

  /** Takes the colours of all codings away; those near the window are to be painted anew. */
  fresh(): void {
    for (const [name, x] of this.set) if (name.startsWith("tint-") || name.startsWith("line-")) x.clear();
    this.painted.clear();
  }

  /** Tints and underlines of the codings that touch the parts from..to, and of no others. */
  codes(index: Index<Coding>, lane: Map<Coding, number>, colour: (code: number) => number, from: number, to: number): void {
    if (!this.able) return;
    for (const [part, own] of this.painted) {
      if (part >= from && part <= to) continue;
      for (const [x, r] of own) x.delete(r);
      this.painted.delete(part);
    }
    this.waiting = [];
    for (let part = from; part <= to; part++) {
      const a = this.text.parts[part].start;
      const b = this.text.stop(part);
      if (this.painted.has(part)) continue;
      const own: [Highlight, StaticRange][] = [];
      const put = (name: string, s: Span) => {
        const x = this.set.get(name);
        if (!x) return;
        for (const r of this.text.ranges(s, part, part)) {
          x.add(r);
          own.push([x, r]);
        }
      };
      const here = index.over(a, b);
      for (const s of innermost(here, a, b)) put(`tint-${colour(s.item.code)}`, s);
      for (const c of here) {
        const l = lane.get(c) ?? -1;
        if (l >= 0) put(`line-${colour(c.code)}-${l}`, c);
      }
      this.painted.set(part, own);
    }
    if (to >= from && index.all.length) this.waiting = index.over(this.text.parts[from].start, this.text.stop(to)).filter((c) => c.pending);
  }

  /** Cursor, selection, focus and finds. */
  marks(m: Marks, from: number, to: number): void {
    if (!this.able || this.text.parts.length === 0) return;
    this.fill("surface-cursor", m.cursor ? [m.cursor] : [], from, to);
    this.fill("surface-sel", m.sel, from, to);
    this.fill("surface-focus", m.focus, from, to);
    this.fill("surface-memo", m.memo, from, to);
    this.fill("surface-search", m.search, from, to);
    this.fill("surface-arrival", m.arrival, from, to);
    this.fill("surface-pending", [...this.waiting, ...m.preview], from, to);
  }

  private fill(name: string, spans: Span[], from: number, to: number): void {
    const a = to < from ? 0 : this.text.parts[from].start;
    const b = to < from ? 0 : this.text.stop(to);
    const near = spans.filter((s) => s.stop > a && s.start < b);
    const key = near.map((s) => `${Math.max(s.start, a)}-${Math.min(s.stop, b)}`).join();
    if ((this.said.get(name) ?? "") === key) return;
    this.said.set(name, key);
    const x = this.set.get(name)!;
    x.clear();
    for (const s of near) for (const r of this.text.ranges(s, from, to)) x.add(r);
  }

  clear(): void {
    for (const [name, x] of this.set) {
      x.clear();
      CSS.highlights.delete(name);
    }
  }
}
