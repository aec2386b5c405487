// Colour on the words, through the CSS Custom Highlight API. Nothing is ever wrapped; what is registered is only what lies
// near the window, in a fixed set of names that the style sheet knows.

import type { Coding, Span } from "./data";
import { Index, innermost } from "./intervals";
import type { Text } from "./text";

export const depth = 3; // underlines on top of one another
const hues = 12;
const order = { search: 1, tint: 2, line: 3, focus: 4, cursor: 5, sel: 6, pending: 7 };

export interface Marks {
  cursor?: Span;
  sel: Span[];
  focus: Span[];
  preview: Span[];
  search: Span[];
}

export class Paint {
  /** Whether the browser has the API; without it stripes and list do the work alone. */
  readonly able = typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function";
  private set = new Map<string, Highlight>();

  constructor(private text: Text) {
    if (!this.able) return;
    for (let c = 1; c <= hues; c++) {
      this.make(`tint-${c}`, order.tint);
      for (let l = 0; l < depth; l++) this.make(`line-${c}-${l}`, order.line);
    }
    for (const k of ["search", "focus", "cursor", "sel", "pending"] as const) this.make(`surface-${k}`, order[k]);
  }

  private make(name: string, priority: number): void {
    const x = new Highlight();
    x.priority = priority;
    this.set.set(name, x);
    CSS.highlights.set(name, x);
  }

  private fill(name: string, spans: Span[], from: number, to: number): void {
    const x = this.set.get(name);
    if (!x) return;
    x.clear();
    if (to < from || spans.length === 0) return;
    const a = this.text.parts[from]?.start ?? 0;
    const b = to < this.text.parts.length ? this.text.stop(to) : 0;
    for (const s of spans) {
      if (s.stop <= a || s.start >= b) continue;
      for (const r of this.text.ranges(s, from, to)) x.add(r);
    }
  }

  /** Tints and underlines of the codings that touch the parts from..to. */
  codes(index: Index<Coding>, lane: Map<Coding, number>, colour: (code: number) => number, from: number, to: number): void {
    if (!this.able) return;
    const groups = new Map<string, Span[]>();
    const put = (name: string, s: Span) => {
      const g = groups.get(name);
      if (g) g.push(s);
      else groups.set(name, [s]);
    };
    const pending: Span[] = [];
    if (to >= from && this.text.parts.length > 0) {
      const a = this.text.parts[from].start;
      const b = this.text.stop(to);
      const here = index.over(a, b);
      for (const s of innermost(here, a, b)) put(`tint-${colour(s.item.code)}`, s);
      for (const c of here) {
        const l = lane.get(c) ?? -1;
        if (l >= 0) put(`line-${colour(c.code)}-${l}`, c);
        if (c.pending) pending.push(c);
      }
    }
    for (const name of this.set.keys()) {
      if (name.startsWith("tint-") || name.startsWith("line-")) this.fill(name, groups.get(name) ?? [], from, to);
    }
    this.fill("surface-pending", pending, from, to);
    this.waiting = pending;
  }

  private waiting: Span[] = [];

  /** Cursor, selection, focus and finds. */
  marks(m: Marks, from: number, to: number): void {
    if (!this.able || this.text.parts.length === 0) return;
    this.fill("surface-cursor", m.cursor ? [m.cursor] : [], from, to);
    this.fill("surface-sel", m.sel, from, to);
    this.fill("surface-focus", m.focus, from, to);
    this.fill("surface-search", m.search, from, to);
    this.fill("surface-pending", [...this.waiting, ...m.preview], from, to);
  }

  clear(): void {
    for (const [name, x] of this.set) {
      x.clear();
      CSS.highlights.delete(name);
    }
  }
}
