// What needs a shape over the text: the bar beside the unit at the cursor, and two handles at the ends of the coding in
// focus. They move an end by dragging; the same goes by keyboard through the edit mode.

import type { Span } from "./data";
import { h, px } from "./dom";
import type { Places } from "./places";
import type { Text } from "./text";
import { say } from "./words";

export interface HandleEvents {
  preview(span: Span): void;
  keep(span: Span): void;
  drop(): void;
}

export class Overlay {
  private layer = h("div", { class: "surface-overlay" });
  private bar = h("i", { class: "unit-bar", "aria-hidden": "true", hidden: true });
  private ends: HTMLElement[];
  private span: Span | undefined;
  dragging = false;

  constructor(sheet: HTMLElement, private text: Text, private places: Places, private events: HandleEvents) {
    this.ends = ["start", "stop"].map((end) => {
      const el = h("span", { class: `handle ${end}`, title: say("surface.handle"), "aria-hidden": "true", hidden: true });
      el.addEventListener("pointerdown", (e) => this.drag(e, end as "start" | "stop", el));
      return el;
    });
    this.layer.append(this.bar, ...this.ends);
    sheet.append(this.layer);
  }

  /** Measures; what is returned writes. */
  measure(cursor: Span | undefined, focus: Span | undefined, first: number, last: number): () => void {
    const inside = (o: number) => {
      const t = this.text.turnAt(o);
      return t >= first && t <= last;
    };
    let bar: Record<string, number> | undefined;
    if (cursor && inside(cursor.start)) {
      const a = this.places.at(cursor.start);
      const end = Math.max(cursor.start, cursor.stop - 1);
      const bottom = inside(end) ? this.places.at(end).bottom : this.places.turn(last).bottom;
      const part = this.places.part(cursor.start);
      bar = { top: a.top - 2, height: Math.max(12, bottom - a.top + 4), left: this.places.rtl(cursor.start) ? part.right + 6 : part.left - 10 };
    }
    if (!this.dragging) this.span = focus;
    const s = this.span;
    const at = s ? [s.start, s.stop - 1] : [];
    const knobs = this.ends.map((_, i) => {
      if (!s || s.stop <= s.start || !inside(at[i])) return undefined;
      const r = this.places.at(at[i]);
      const x = (i === 0) !== this.places.rtl(at[i]) ? r.left : r.right;
      return { top: r.top - 5, height: r.bottom - r.top + 5, left: x - 12 };
    });
    return () => {
      this.bar.hidden = !bar;
      if (bar) px(this.bar, bar);
      this.ends.forEach((el, i) => {
        const k = knobs[i];
        el.hidden = !k;
        if (k) px(el, k);
      });
    };
  }

  private drag(e: PointerEvent, end: "start" | "stop", el: HTMLElement): void {
    if (!this.span || e.button !== 0) return;
    e.preventDefault();
    e.stopPropagation();
    const was = { ...this.span };
    let now = { ...this.span };
    this.dragging = true;
    el.setPointerCapture(e.pointerId);
    // The hit test must see the words under the handle, not the handle.
    this.layer.classList.add("dragging");
    const move = (m: PointerEvent) => {
      const at = this.text.hit(m.clientX, m.clientY, true);
      if (at === undefined) return;
      const raw = end === "start" ? { start: Math.min(at, was.stop - 1), stop: was.stop } : { start: was.start, stop: Math.max(at, was.start + 1) };
      const snapped = this.text.snap(raw, m.altKey);
      if (!snapped) return;
      now = end === "start" ? { start: snapped.start, stop: was.stop } : { start: was.start, stop: snapped.stop };
      if (now.stop <= now.start) return;
      this.span = now;
      this.events.preview(now);
    };
    const finish = (keep: boolean) => {
      el.removeEventListener("pointermove", move);
      el.removeEventListener("pointerup", up);
      el.removeEventListener("pointercancel", cancel);
      document.removeEventListener("keydown", key, true);
      this.layer.classList.remove("dragging");
      this.dragging = false;
      if (keep && (now.start !== was.start || now.stop !== was.stop)) this.events.keep(now);
      else {
        this.span = was;
        this.events.drop();
      }
    };
    const up = () => finish(true);
    const cancel = () => finish(false);
    const key = (k: KeyboardEvent) => {
      if (k.key !== "Escape") return;
      k.preventDefault();
      k.stopPropagation();
      finish(false);
    };
    el.addEventListener("pointermove", move);
    el.addEventListener("pointerup", up);
    el.addEventListener("pointercancel", cancel);
    document.addEventListener("keydown", key, true);
  }
}
