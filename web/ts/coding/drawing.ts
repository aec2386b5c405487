// How the surface is drawn: what changed is gathered and drawn once a frame. Also where the reader is, since it is read off the
// same measures.

import type { Coding, Present, Span } from "./data";
import { type Dirty, Desk } from "./desk";
import { Index, lanes } from "./intervals";
import { near } from "./near";
import { depth } from "./paint";
import { say } from "./words";

export abstract class Drawing extends Desk {
  private drawnAt = 0; // scrollTop, and when, of the last drawing of what is near
  private drawnWhen = 0;
  private scrolledTo = 0;
  private tall = 0; // the window's height, in pixels
  private restTimer = 0;
  private width = 0;
  private blank = new Index<Coding>([]);
  private tally = { of: [] as Coding[], mine: 0 };

  protected draw(...what: Dirty[]): void {
    for (const w of what) this.dirty.add(w);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.drawNow();
    });
  }

  /**
   * The window moves over the sheet. Colours and stripes move with the words, and those of a screen on either side are there
   * already: so something is drawn only after part of a screen, not too often unless the scrolling is fast, and when it rests.
   */
  protected scrolled(): void {
    const top = this.scroller.scrollTop;
    const step = Math.abs(top - this.scrolledTo);
    this.scrolledTo = top;
    const far = Math.abs(top - this.drawnAt);
    // Before the next step could show words that are not drawn yet: at once. Else when there is time.
    if (far + 2 * step > this.tall || (far > this.tall * 0.6 && performance.now() - this.drawnWhen > 120)) this.draw("window");
    if (this.palette.open) this.palette.place();
    this.map.moved(top);
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => this.draw("window", "rest"), 130);
  }

  /** The words may stand elsewhere than they did: another width, other fonts. */
  protected resized(): void {
    this.places.forget();
    this.margin.forget();
    this.draw("window", "rest");
  }

  /** Turns have other heights than were guessed, so everything below them has moved. Called after layout, before painting. */
  protected shifted(): void {
    const width = this.turns.clientWidth;
    if (width !== this.width) {
      this.width = width;
      this.resized();
    } else if (this.near.last < this.text.turns.length) this.shapes();
  }

  protected drawNow(): void {
    const d = new Set(this.dirty);
    this.dirty.clear();
    if (d.has("codings")) {
      this.index = new Index(this.seen());
      this.lane = lanes(this.index.all, depth);
      if (this.focus !== undefined && !this.store.get(this.focus)) this.focus = undefined;
    }
    const news = d.has("codings") || d.has("book");
    const moved = news || d.has("window");
    if (moved) {
      this.near = near(this.text, this.scroller);
      this.drawnAt = this.scroller.scrollTop;
      this.tall = this.scroller.clientHeight;
      this.drawnWhen = performance.now();
    }
    if (d.has("rest")) this.reading(); // measures, so it comes before anything is written
    const { first, last } = this.near;
    const from = this.text.turns[first]?.first ?? 0;
    const to = this.text.turns[last]?.last ?? -1;
    const shown = this.editing?.span ?? this.preview;
    const focus = this.inFocus();
    this.shapes();
    if (news) this.paint.fresh();
    if (moved) this.paint.codes(this.viewing.reading ? this.blank : this.index, this.lane, (code) => this.book.colour(code), from, to);
    this.paint.marks(
      {
        cursor: this.live ? undefined : this.cursor,
        sel: this.taken(),
        focus: focus && !shown ? [focus] : [],
        preview: shown ? [shown] : [],
        search: this.find.found,
        arrival: this.arrival ? [this.arrival] : [],
        memo: this.memosOnWords(),
      },
      from,
      to,
    );
    if (moved || d.has("marks")) this.sentences.draw(this.viewing.sentences, first, last, this.viewing.reading ? this.blank : this.index);
    if (moved) {
      // The lists for screen readers may wait until the scrolling rests.
      clearTimeout(this.speakTimer);
      // Where sentences are options, the lists go at once: nothing else may stand among options.
      if (this.viewing.sentences) this.margin.speak([], this.near.first, this.near.last);
      else this.speakTimer = window.setTimeout(() => this.margin.speak(this.around(), this.near.first, this.near.last), 160);
      this.palette.place();
    }
    if (news || d.has("rest")) this.map.draw({ codings: this.viewing.reading ? [] : this.index.all, found: this.find.found, memos: this.memosOnWords() });
    if (news) this.tree.draw(this.counts());
    if (d.has("book")) this.palette.renew();
    if (news) this.signs.draw(this.memosOnWords());
    if (news || d.has("marks")) this.list.draw(this.here(), this.focus, this.place());
    if (news || d.has("marks") || d.has("status")) this.drawStatus();
  }

  private memosOnWords(): Span[] {
    return this.viewing.reading ? [] : this.store.memosOn(this.data.document).filter((m) => m.stop).map((m) => ({ start: m.start!, stop: m.stop! }));
  }

  private inFocus(): Coding | undefined {
    return this.focus === undefined ? undefined : this.store.get(this.focus);
  }

  /** The codings of some turns, those near the window as a rule. */
  private around(first = this.near.first, last = this.near.last): Coding[] {
    if (last < first) return [];
    return this.index.over(this.text.spanOf(first).start, this.text.spanOf(last).stop);
  }

  /** What stands beside and over the words: stripes and names, the bar at the cursor, the handles. */
  private shapes(): void {
    let { first, last } = this.near;
    // A turn that the browser skips has no characters to measure; asking for them would lay it out, and all others with it.
    while (first < last && this.skipped(first)) first++;
    while (last > first && this.skipped(last)) last--;
    const focus = this.inFocus();
    this.places.begin();
    // Both read before either writes, the handles being the smaller part.
    const handles = this.overlay.measure(this.cursor, this.may && focus && !focus.pending ? (this.editing?.span ?? this.preview ?? focus) : undefined, first, last);
    this.margin.draw(this.around(first, last), first, last, this.focus, this.viewing.reading);
    handles();
  }

  /** Whether content-visibility keeps a turn from being laid out. */
  private skipped(turn: number): boolean {
    const part = this.text.parts[this.text.turns[turn].first];
    return !(part?.el.checkVisibility?.({ contentVisibilityAuto: true }) ?? true);
  }

  protected drawStatus(): void {
    const all = this.store.view();
    if (this.tally.of !== all) this.tally = { of: all, mine: all.filter((c) => c.coder === this.store.me).length };
    const top = this.text.turns[this.text.turnAt(this.cursor.start)];
    this.status.place(top?.number ?? 0, this.text.turns.length, all.length, this.tally.mine);
    this.status.saving(this.outbox.state, this.outbox.waiting.length);
    this.status.undo(this.undoable.undo?.name);
    this.status.selection(this.taken().reduce((n, s) => n + s.stop - s.start, 0));
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

  private telling = 0;

  /** Tells the server the place, when it has changed or to say "still here", and learns who else is here. */
  protected tellReading(anyway = false): void {
    clearTimeout(this.telling);
    if (document.hidden) return;
    this.telling = window.setTimeout(() => this.tellReading(true), 20000);
    const top = this.text.turns[this.near.top]?.number;
    const now = `${top}/${this.furthest}`;
    if (!top || (now === this.told && !anyway)) return;
    this.told = now;
    this.wire.reading(top, this.furthest).then((here) => this.present(here), () => undefined);
  }

  protected leaves(): void {
    clearTimeout(this.telling);
    const top = this.text.turns[this.near.top]?.number;
    if (top) this.wire.leaves(top, this.furthest);
  }

  private were = new Set<number>();

  private present(here: Present[]): void {
    const known = here.filter((p) => this.book.coders.has(p.coder));
    this.status.here(
      known.map((p) => ({ initials: this.book.coder(p.coder), name: this.book.coders.get(p.coder)!.name, turn: p.place })),
      (turn) => {
        const i = this.toTurn(turn);
        if (i >= 0) this.arrive(this.text.spanOf(i));
        this.focusText();
      },
    );
    const come = known.filter((p) => !this.were.has(p.coder));
    this.were = new Set(known.map((p) => p.coder));
    if (come.length) this.status.speak(say("surface.here.came", { coders: come.map((p) => this.book.coders.get(p.coder)!.name).join(", ") }));
  }
}
