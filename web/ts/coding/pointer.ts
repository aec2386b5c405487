// Mouse, pen and finger on the words. A mouse selection is taken when it has come to rest (so that a double or triple click
// is one), snapped to words (Alt keeps letters). A finger's selection is the system's; nothing pops up beside it.

import type { Span } from "./data";
import type { Text } from "./text";

export interface PointerEvents {
  select(span: Span, touch: boolean, open: boolean): void;
  click(at: number | undefined): void;
  extend(at: number): void;
  /** Whether something else has the selection's place, so that its changes mean nothing. */
  busy(): boolean;
}

const rest = 260; // ms in which a double click's second press comes

export class Pointer {
  private timer = 0;
  private touchTimer = 0;
  private touch = false;
  private down: { x: number; y: number } | undefined;
  private tapped: Span | undefined;
  private off = new AbortController();

  constructor(private turns: HTMLElement, private text: Text, private sentences: () => boolean, private events: PointerEvents) {
    const signal = this.off.signal;
    turns.addEventListener("pointerdown", (e) => this.press(e), { signal });
    document.addEventListener("pointerup", (e) => this.release(e), { signal });
    document.addEventListener("selectionchange", () => this.changed(), { signal });
    turns.addEventListener("dragstart", (e) => e.preventDefault(), { signal });
  }

  end(): void {
    clearTimeout(this.timer);
    this.off.abort();
  }

  private press(e: PointerEvent): void {
    clearTimeout(this.timer);
    this.touch = e.pointerType === "touch";
    this.down = undefined;
    if (e.button !== 0) return;
    this.down = { x: e.clientX, y: e.clientY };
    if (e.shiftKey && !this.touch) {
      const at = this.text.hit(e.clientX, e.clientY, true);
      if (at !== undefined) {
        e.preventDefault();
        this.down = undefined;
        // The browser would extend from a selection of its own, which is not ours.
        this.turns.addEventListener("mousedown", (m) => m.preventDefault(), { once: true });
        this.events.extend(at);
      }
    }
  }

  private release(e: PointerEvent): void {
    const d = this.down;
    this.down = undefined;
    if (!d) return;
    const still = Math.hypot(e.clientX - d.x, e.clientY - d.y) < 5;
    const alt = e.altKey;
    if (this.sentences() && still) {
      this.tap(e.clientX, e.clientY);
      return;
    }
    if (this.touch) {
      if (still && window.getSelection()?.isCollapsed !== false) this.events.click(this.text.hit(e.clientX, e.clientY));
      return;
    }
    if (still && e.detail < 2 && window.getSelection()?.isCollapsed !== false) {
      this.events.click(this.text.hit(e.clientX, e.clientY));
    }
    this.timer = window.setTimeout(() => {
      const s = this.selection();
      if (!s) return;
      const span = this.text.snap(s, alt);
      if (span) this.events.select(span, false, true);
    }, rest);
  }

  private selection(): Span | undefined {
    const sel = window.getSelection();
    if (!sel || sel.isCollapsed || sel.rangeCount === 0) return undefined;
    const r = sel.getRangeAt(0);
    if (!r.intersectsNode(this.turns)) return undefined;
    // Triple click ends at the beginning of what follows; boundaries outside the words fall inward.
    return this.text.spanOfRange(r);
  }

  private changed(): void {
    if (!this.touch || this.events.busy()) return;
    clearTimeout(this.touchTimer);
    this.touchTimer = window.setTimeout(() => {
      const s = this.selection();
      const span = s && this.text.snap(s);
      if (span) this.events.select(span, true, false);
    }, 180);
  }

  /** Sentence mode: a tap takes a sentence, another one extends to it, a tap on the only one lets go. */
  private tap(x: number, y: number): void {
    const at = this.text.hit(x, y, true);
    if (at === undefined) return;
    const s = this.text.unit(at, "sentence");
    if (this.tapped && this.tapped.start === s.start && this.tapped.stop === s.stop) {
      this.tapped = undefined;
      this.events.click(at);
      return;
    }
    const span = this.tapped ? { start: Math.min(this.tapped.start, s.start), stop: Math.max(this.tapped.stop, s.stop) } : s;
    this.tapped = span;
    window.getSelection()?.removeAllRanges();
    this.events.select(span, true, false);
  }

  /** The selection was let go of or coded: the next tap begins anew. */
  forget(): void {
    this.tapped = undefined;
  }
}
