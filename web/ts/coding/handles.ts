// What needs a shape over the text: the bar beside the unit at the cursor, and two handles at the ends of the coding in
// focus. They move an end by dragging; the same goes by keyboard through the edit mode.

import type { Span } from "./data";
import { h, px } from "./dom";
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

  constructor(sheet: HTMLElement, private text: Text, private events: HandleEvents) {
    this.ends = ["start", "stop"].map((end) => {
      const el = h("span", { class: `handle ${end}`, title: say("surface.handle"), "aria-hidden": "true", hidden: true });
      el.addEventListener("pointerdown", (e) => this.drag(e, end as "start" | "stop", el));
      return el;
    });
    this.layer.append(this.bar, ...this.ends);
    sheet.append(this.layer);
  }

  draw(cursor: Span | undefined, focus: Span | undefined, first: number, last: number): void {
    const origin = this.layer.getBoundingClientRect();
    const inside = (o: number) => {
      const t = this.text.turnAt(o);
      return t >= first && t <= last;
    };
    const rtl = cursor ? this.text.rtl(cursor.start) : false;
    if (cursor && inside(cursor.start)) {
      const a = this.text.rect(cursor.start);
      const b = inside(cursor.stop - 1) ? this.text.rect(Math.max(cursor.start, cursor.stop - 1)) : undefined;
      const part = this.text.parts[this.text.partAt(cursor.start)].el.getBoundingClientRect();
      const bottom = b ? b.bottom : this.text.turns[last].el.getBoundingClientRect().bottom;
      this.bar.hidden = false;
      px(this.bar, { top: a.top - origin.top - 2, height: Math.max(12, bottom - a.top + 4), left: (rtl ? part.right + 6 : part.left - 10) - origin.left });
    } else this.bar.hidden = true;
    if (!this.dragging) this.span = focus;
    this.place(origin, inside);
  }

  private place(origin: DOMRect, inside: (o: number) => boolean): void {
    const s = this.span;
    const at = s ? [s.start, s.stop - 1] : [];
    this.ends.forEach((el, i) => {
      if (!s || s.stop <= s.start || !inside(at[i])) {
        el.hidden = true;
        return;
      }
      const r = this.text.rect(at[i]);
      const rtl = this.text.rtl(at[i]);
      const x = (i === 0) !== rtl ? r.left : r.right;
      el.hidden = false;
      px(el, { top: r.top - origin.top - 5, height: r.height + 5, left: x - origin.left - 12 });
    });
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
      const at = this.text.hit(m.clientX, m.clientY - 0, true);
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
