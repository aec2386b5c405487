// The cursor, the selection and the focus, and moving them about.

import type { Coding, Span } from "./data";
import { Drawing } from "./drawing";
import { shortest, union } from "./intervals";
import type { Step } from "./text";
import { say } from "./words";

export abstract class Walking extends Drawing {
  protected place(): Span {
    return this.live ?? this.cursor;
  }

  /** The codings at the cursor, shortest first. */
  protected here(): Coding[] {
    const p = this.place();
    const out = this.index.over(p.start, Math.max(p.stop, p.start + 1)).sort(shortest);
    const f = this.focus === undefined ? undefined : this.store.get(this.focus);
    if (f && !out.includes(f)) out.unshift(f);
    return out;
  }

  /** What is selected: the selection being made and the spans put aside. */
  protected taken(): Span[] {
    return union([...this.added, ...(this.live ? [this.live] : [])]);
  }

  /** What the next code will be applied to. */
  protected targets(): Span[] {
    const own = this.live ? [this.live] : this.added.length ? [] : [this.cursor];
    return union([...this.added, ...own]).filter((s) => s.stop > s.start);
  }

  // The cursor.

  protected setCursor(s: Span, scroll = true, speak = true): void {
    this.cursor = s;
    this.live = undefined;
    this.anchor = this.lead = undefined;
    const f = this.focus === undefined ? undefined : this.store.get(this.focus);
    if (f && (f.stop <= s.start || f.start >= s.stop)) this.focus = undefined;
    if (scroll) this.reveal(s);
    if (speak) this.speakUnit();
    this.draw("marks");
  }

  protected speakUnit(): void {
    if (this.viewing.sentences) return; // the option says itself
    const p = this.place();
    const words = this.text.quote({ start: p.start, stop: Math.min(p.stop, p.start + 240) });
    const codes = [...new Set(this.here().map((c) => this.book.name(c.code)))];
    this.status.speak(codes.length ? say("surface.unit.coded", { words, codes: codes.slice(0, 5).join(", ") }) : words);
  }

  protected reveal(s: Span): void {
    const box = this.scroller.getBoundingClientRect();
    const turn = this.text.turns[this.text.turnAt(s.start)];
    const t = turn.el.getBoundingClientRect();
    // A turn far away is skipped and its words have no place yet: bring it in first, then look at the words.
    if (t.bottom < box.top - 40 || t.top > box.bottom + 40) {
      turn.el.scrollIntoView({ block: "center" });
      requestAnimationFrame(() => requestAnimationFrame(() => this.nudge(s)));
    } else this.nudge(s);
  }

  protected nudge(s: Span): void {
    const box = this.scroller.getBoundingClientRect();
    const a = this.text.rect(s.start);
    const b = this.text.rect(Math.max(s.start, s.stop - 1));
    const pad = 56;
    if (a.top < box.top + pad) this.scroller.scrollTop += a.top - box.top - pad;
    else if (b.bottom > box.bottom - pad) this.scroller.scrollTop += Math.min(b.bottom - box.bottom + pad, a.top - box.top - pad);
    this.draw("window");
  }

  protected move(by: 1 | -1, step: Step): void {
    const from = this.live ?? this.cursor;
    if (step === "turn" && this.step !== "turn") {
      // Up and down keep the step: the first unit of the neighbouring turn.
      const t = this.text.turnAt(from.start) + by;
      if (t >= 0 && t < this.text.turns.length) this.setCursor(this.text.unit(this.text.spanOf(t).start, this.step));
      return;
    }
    this.setCursor(this.text.next(from, step, by));
  }

  protected extend(by: 1 | -1, step: Step): void {
    this.anchor ??= this.live ?? this.cursor;
    this.lead = this.text.next(this.lead ?? this.anchor, step, by);
    this.live = { start: Math.min(this.anchor.start, this.lead.start), stop: Math.max(this.anchor.stop, this.lead.stop) };
    this.cursor = this.live;
    this.reveal(this.lead);
    this.speakUnit();
    this.draw("marks");
  }

  protected extendTo(at: number): void {
    this.anchor ??= this.live ?? this.cursor;
    const s = this.text.snap({ start: Math.min(this.anchor.start, at), stop: Math.max(this.anchor.stop, at + 1) });
    if (!s) return;
    this.live = this.cursor = s;
    this.lead = this.text.unit(at, "word");
    this.focusText();
    this.draw("marks");
  }

  protected setStep(step: Step): void {
    this.step = step;
    this.setCursor(this.text.unit(this.place().start, step));
  }

  protected selected(s: Span, touch: boolean, open: boolean): void {
    this.live = this.cursor = s;
    this.anchor = this.lead = undefined;
    this.focus = undefined;
    this.draw("marks");
    if (!touch) window.getSelection()?.removeAllRanges();
    if (!touch) this.focusText();
    if (open && this.may) this.openPalette();
  }

  private arrivalTimer = 0;

  /** Shows for a moment what a link led to. */
  protected arrive(s: Span): void {
    clearTimeout(this.arrivalTimer);
    this.arrival = { start: s.start, stop: s.stop };
    this.draw("marks");
    this.arrivalTimer = window.setTimeout(() => {
      this.arrival = undefined;
      this.draw("marks");
    }, 2500);
  }

  /** The next turn after the cursor in which an informant's words bear no coding that is seen. */
  protected nextUncoded(): void {
    const bare = (i: number) => {
      const s = this.text.spanOf(i);
      return s.stop > s.start && !this.text.turns[i].el.classList.contains("asks") && this.index.over(s.start, s.stop).length === 0;
    };
    for (let i = this.text.turnAt(this.place().start) + 1; i < this.text.turns.length; i++) {
      if (!bare(i)) continue;
      this.setCursor(this.text.unit(this.text.spanOf(i).start, this.step));
      return;
    }
    this.status.speak(say("surface.uncoded.none"));
  }

  protected clicked(at: number | undefined): void {
    if (at === undefined) {
      this.drop();
      return;
    }
    const there = this.index.at(at);
    const unit = this.text.unit(at, this.step === "letter" ? "word" : this.step);
    const same = this.cursor.start === unit.start && this.cursor.stop === unit.stop && !this.live;
    const i = there.findIndex((c) => c.id === this.focus);
    this.focus = there.length ? (same && i >= 0 ? there[(i + 1) % there.length].id : there[0].id) : undefined;
    this.setCursor(unit, false, false);
    const f = there.find((c) => c.id === this.focus);
    if (f) this.speakCoding(f);
  }

  protected speakCoding(c: Coding): void {
    this.status.speak(say("surface.coding.named", { code: this.book.name(c.code), coder: this.book.coder(c.coder), words: this.text.quote({ start: c.start, stop: Math.min(c.stop, c.start + 120) }) }));
  }

  protected drop(): void {
    this.live = undefined;
    this.added = [];
    this.anchor = this.lead = undefined;
    this.draw("marks");
  }

  protected goTo(id: number, scroll = true): void {
    const c = this.store.get(id);
    if (!c) return;
    this.focus = id;
    const p = this.place();
    if (p.stop <= c.start || p.start >= c.stop) {
      const step = this.step === "letter" ? "word" : this.step;
      this.cursor = this.text.unit(c.start, step);
      if (this.cursor.stop <= c.start) this.cursor = this.text.unit(c.start, "word");
    }
    this.live = undefined;
    this.anchor = this.lead = undefined;
    const box = this.scroller.getBoundingClientRect();
    const r = this.text.turns[this.text.turnAt(c.start)].el.getBoundingClientRect();
    if (scroll || r.bottom < box.top || r.top > box.bottom) this.reveal(c);
    this.speakCoding(c);
    this.draw("marks");
  }

  protected hop(by: 1 | -1): void {
    const all = this.index.all;
    if (all.length === 0) return this.status.speak(say("surface.nocodings"));
    let i = all.findIndex((c) => c.id === this.focus);
    if (i >= 0) i += by;
    else {
      i = this.index.from(this.place().start + (by > 0 ? 0 : 0));
      if (by < 0) i--;
    }
    const c = all[(i + all.length) % all.length];
    this.focus = c.id;
    this.cursor = this.text.unit(c.start, this.step === "letter" ? "word" : this.step);
    this.live = undefined;
    this.reveal(c);
    this.speakCoding(c);
    this.draw("marks");
  }

  protected showList(cs: Coding[]): void {
    const s = { start: Math.min(...cs.map((c) => c.start)), stop: Math.max(...cs.map((c) => c.stop)) };
    this.setCursor(s, false);
    this.status.openPanel("right");
  }

  protected focusText(): void {
    this.turns.focus({ preventScroll: true });
  }
}
