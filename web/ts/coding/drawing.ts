// How the surface is drawn: what changed is gathered and drawn once a frame. Also where the reader is, since it is read off the
// same measures.

import type { Coding } from "./data";
import { type Dirty, Desk } from "./desk";
import { Index, lanes, union } from "./intervals";
import { near } from "./near";
import { depth } from "./paint";

export abstract class Drawing extends Desk {
  // Drawing: what changed is gathered and drawn once a frame.

  protected draw(...what: Dirty[]): void {
    for (const w of what) this.dirty.add(w);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.drawNow();
    });
  }

  protected drawNow(): void {
    const d = new Set(this.dirty);
    this.dirty.clear();
    if (d.has("codings")) {
      this.index = new Index(this.seen());
      this.lane = lanes(this.index.all, depth);
      if (this.focus !== undefined && !this.store.get(this.focus)) this.focus = undefined;
    }
    const moved = d.has("window") || d.has("codings") || d.has("book");
    if (moved) this.near = near(this.text, this.scroller);
    if (d.has("window")) this.reading(); // measures, so it comes before anything is written
    const { first, last } = this.near;
    const from = this.text.turns[first]?.first ?? 0;
    const to = this.text.turns[last]?.last ?? -1;
    const colour = (code: number) => this.book.colour(code);
    const hide = this.viewing.reading;
    const around = last >= first ? this.index.over(this.text.parts[from].start, this.text.stop(to)) : [];
    if (moved) this.paint.codes(hide ? new Index<Coding>([]) : this.index, this.lane, colour, from, to);
    const focus = this.focus === undefined ? undefined : this.store.get(this.focus);
    const shown = this.editing?.span ?? this.preview;
    this.paint.marks(
      {
        cursor: this.live ? undefined : this.cursor,
        sel: union([...this.added, ...(this.live ? [this.live] : [])]),
        focus: focus && !shown ? [focus] : [],
        preview: shown ? [shown] : [],
        search: this.find.found,
      },
      from,
      to,
    );
    this.margin.draw(around, first, last, this.focus, hide);
    this.overlay.draw(this.cursor, this.may && focus && !focus.pending ? (shown ?? focus) : undefined, first, last);
    if (moved) {
      // The lists for screen readers may wait until the scrolling rests.
      clearTimeout(this.speakTimer);
      this.speakTimer = window.setTimeout(() => this.margin.speak(around, first, last), 160);
    }
    if (moved) this.palette.place();
    if (d.has("codings") || d.has("book")) this.tree.draw(this.counts());
    if (d.has("codings") || d.has("marks") || d.has("book")) this.list.draw(this.here(), this.focus);
    this.drawStatus();
  }

  protected drawStatus(): void {
    const all = this.store.view();
    const top = this.text.turns[this.text.turnAt(this.cursor.start)];
    this.status.place(top?.number ?? 0, this.text.turns.length, all.length, all.filter((c) => c.coder === this.store.me).length);
    this.status.saving(this.queue.state, this.queue.count);
    this.status.undo(this.undoable.undo?.name);
    const target = union([...this.added, ...(this.live ? [this.live] : [])]);
    this.status.selection(target.reduce((n, s) => n + s.stop - s.start, 0));
    this.status.filter(this.tree.filter === undefined ? "" : this.book.name(this.tree.filter), () => {
      this.tree.filter = undefined;
      this.draw("codings", "book");
    });
  }

  /** The codings that the filters let through. */
  protected seen(): Coding[] {
    const only = this.tree.filter === undefined ? undefined : this.book.below(this.tree.filter);
    const who = this.viewing.who;
    return this.store.view().filter((c) => (!only || only.has(c.code)) && (who === "all" || (who === "mine" ? c.coder === this.store.me : c.coder === who)));
  }

  /** Counts of the project as the server gave them, with what is on its way. */
  protected counts(): Map<number, number> {
    const out = new Map<number, number>();
    for (const op of this.store.pending) {
      if (op.kind !== "apply") continue;
      for (let id = op.code; id > 0; id = this.book.nodes.get(id)?.parent ?? 0) {
        const n = this.book.nodes.get(id);
        if (n) out.set(id, (out.get(id) ?? n.count) + op.spans.length);
      }
    }
    return out;
  }

  // The reading place.

  protected reading(): void {
    const n = this.text.turns.length;
    if (n === 0) return;
    const box = this.scroller.getBoundingClientRect();
    let seen = this.near.top;
    while (seen + 1 < n && this.text.turns[seen + 1].el.getBoundingClientRect().bottom <= box.bottom) seen++;
    this.furthest = Math.max(this.furthest, this.text.turns[seen].number);
    const bar = this.root.querySelector<HTMLProgressElement>('.surface-doc[aria-current="true"] progress, .surface-doc[aria-current=""] progress');
    if (bar) bar.value = Math.max(bar.value, (100 * this.furthest) / n);
    this.readingTimer ||= window.setTimeout(() => {
      this.readingTimer = 0;
      this.tellReading();
    }, 4000);
  }

  protected tellReading(): void {
    const top = this.text.turns[this.near.top]?.number;
    if (!top) return;
    const now = `${top}/${this.furthest}`;
    if (now === this.told) return;
    this.told = now;
    this.wire.reading(top, this.furthest);
  }
}
