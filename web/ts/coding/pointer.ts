// Mouse, pen and finger on the words. A mouse selection is taken when it has come to rest (so that a double or triple click
// is one), snapped to words (Alt keeps letters). A finger's selection is the system's, as is one made with the keys of caret
// browsing or by a screen reader; nothing pops up beside it.

import type { Span } from "./data";
import type { Text } from "./text";

export interface PointerEvents {
  select(span: Span, touch: boolean, open: boolean): void;
  click(at: number | undefined): void;
  extend(at: number): void;
  /** In sentence mode: a sentence was clicked or tapped; `one` where it alone is meant (Ctrl held). */
  sentence(at: number, one: boolean, touch: boolean): void;
  /** Whether something else has the selection's place, so that its changes mean nothing. */
  busy(): boolean;
}

const rest = 260; // ms in which a double click's second press comes

export class Pointer {
  private timer = 0;
  private touchTimer = 0;
  private touch = false;
  private down: { x: number; y: number } | undefined;
  private pressed = false; // by a mouse, until what it chose was taken
  private dragged = false; // the click that follows belongs to a drag
  private off = new AbortController();

  constructor(private turns: HTMLElement, private text: Text, private sentences: () => boolean, private events: PointerEvents) {
    const signal = this.off.signal;
    turns.addEventListener("pointerdown", (e) => this.press(e), { signal });
    document.addEventListener("pointerup", (e) => this.release(e), { signal });
    document.addEventListener("pointercancel", () => (this.down = undefined), { signal });
    turns.addEventListener("click", (e) => this.tap(e), { signal });
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
    this.dragged = false;
    if (e.button !== 0) return;
    this.pressed = !this.touch;
    this.down = { x: e.clientX, y: e.clientY };
    if (e.shiftKey && !this.touch) {
      const at = this.text.hit(e.clientX, e.clientY, true);
      if (at !== undefined) {
        e.preventDefault();
        this.down = undefined;
        this.pressed = false;
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
    this.dragged = !still;
    const alt = e.altKey;
    if (this.sentences() && still) {
      this.pressed = false;
      return; // the click takes it
    }
    if (this.touch) {
      // A tap beside the system's selection lets go of it, but only after the finger was lifted.
      const clear = () => window.getSelection()?.isCollapsed !== false;
      const at = still ? this.text.hit(e.clientX, e.clientY) : undefined;
      if (still && clear()) this.events.click(at);
      else if (still) this.timer = window.setTimeout(() => clear() && this.events.click(at), rest);
      return;
    }
    if (still && e.detail < 2 && window.getSelection()?.isCollapsed !== false) {
      this.events.click(this.text.hit(e.clientX, e.clientY));
    }
    this.timer = window.setTimeout(() => {
      this.pressed = false;
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
    clearTimeout(this.touchTimer);
    if ((!this.touch && (this.down || this.pressed)) || this.events.busy()) return;
    this.touchTimer = window.setTimeout(() => {
      const s = this.selection();
      const span = s && this.text.snap(s);
      if (span) this.events.select(span, true, false);
    }, 180);
  }

  /** Sentence mode. A click, so that a screen reader's own press counts too, which has no place and no pointer. */
  private tap(e: MouseEvent): void {
    const t = e.target as Element;
    if (!this.sentences() || t.closest("a, button") || (this.dragged && e.detail > 0)) return;
    const option = t.closest<HTMLElement>(".sentence");
    const at = option ? Number(option.dataset.start) : this.text.hit(e.clientX, e.clientY, true);
    if (at === undefined) return;
    window.getSelection()?.removeAllRanges();
    this.events.sentence(at, e.ctrlKey || e.metaKey, this.touch || e.detail === 0);
  }
}
