// What the coding surface holds and how it is drawn and moved about in: the cursor, the selection, the focus, the keys. What is
// written to the server, and what comes from it, is in surface.ts.

import { Book } from "./book";
import type { Coding, Entry, Memo, Span, SurfaceData } from "./data";
import { Find } from "./find";
import { Overlay } from "./handles";
import { Index, lanes, shortest, union } from "./intervals";
import { type Command, command, help } from "./keys";
import { List } from "./list";
import { Margin } from "./margin";
import { near, type Near } from "./near";
import { depth, Paint } from "./paint";
import { invivo, Palette } from "./palette";
import { Pointer } from "./pointer";
import { Queue } from "./queue";
import { Status } from "./status";
import { type Op, Store } from "./store";
import { type Step, Text } from "./text";
import { Tree } from "./tree";
import { Viewing } from "./viewing";
import { Away, Outbox, Refusal, Stream, type Undoable, Wire } from "./wire";
import { changeID } from "../lib/change";
import { say, useWords } from "./words";

type Dirty = "codings" | "marks" | "window" | "book" | "status";

export const unnumberedCode = -1_000_000;

export abstract class Desk {
  readonly text: Text;
  readonly store: Store;
  readonly book = new Book();
  protected wire: Wire;
  protected outbox: Outbox;
  protected queue: Queue;
  protected stream: Stream;
  protected paint: Paint;
  protected margin: Margin;
  protected overlay: Overlay;
  protected palette: Palette;
  protected list: List;
  protected tree: Tree;
  protected find: Find;
  protected status: Status;
  protected viewing: Viewing;
  protected pointer: Pointer;

  protected may: boolean;
  protected turns: HTMLElement;
  protected scroller: HTMLElement;
  protected index = new Index<Coding>([]);
  protected lane = new Map<Coding, number>();
  protected near: Near = { first: 0, last: -1, top: 0 };

  protected cursor: Span = { start: 0, stop: 0 };
  protected step: Step = "sentence";
  protected live: Span | undefined; // the selection being made
  protected added: Span[] = []; // spans put aside with A
  protected anchor: Span | undefined;
  protected lead: Span | undefined;
  protected focus: number | undefined;
  protected editing: { id: number; span: Span; end: "start" | "stop" } | undefined;
  protected preview: Span | undefined;
  protected changing: number[] = []; // codings whose code the palette changes
  protected recent: number[] = [];
  protected undoable: { undo: Undoable | null; redo: Undoable | null } = { undo: null, redo: null };

  protected dirty = new Set<Dirty>();
  protected frame = 0;
  protected furthest: number;
  protected told = "";
  protected readingTimer = 0;
  protected undoTimer = 0;
  protected bookTimer = 0;
  protected others = new Map<number, number>();
  protected off = new AbortController();
  protected othersTimer = 0;
  protected speakTimer = 0;

  constructor(protected root: HTMLElement, protected data: SurfaceData) {
    useWords(data.strings, data.lang);
    this.may = data.may.code;
    this.furthest = data.furthest;
    this.turns = root.querySelector<HTMLElement>(".turns")!;
    this.scroller = root.querySelector<HTMLElement>(".surface-scroll")!;
    const sheet = root.querySelector<HTMLElement>(".sheet")!;
    const stage = root.querySelector<HTMLElement>(".surface-stage")!;
    this.text = new Text(this.turns, data.textLang || data.lang);
    this.store = new Store(data.me);
    this.store.seq = data.seq;
    this.wire = new Wire(data.project, data.document);
    this.outbox = new Outbox(data.project, data.document, data.me);
    this.paint = new Paint(this.text);
    this.queue = new Queue(this.wire, this.store, this.outbox, {
      confirmed: (op, e) => this.confirmed(op, e),
      refused: (op, why) => this.refused(op, why),
      moved: () => this.draw("status", "codings"),
    });
    this.stream = new Stream(
      this.wire.base,
      () => this.store.seq,
      (e) => this.entry(e),
      () => void this.load(),
      () => undefined,
    );
    this.status = new Status(stage, root, this.may, {
      undo: () => void this.undo("undo"),
      help: () => this.help(),
      view: (at) => this.viewing.open(at),
      find: () => this.find.open(this.cursor.start),
      again: () => this.queue.again(),
      code: () => this.openPalette(),
      memo: () => this.memoHere(),
      clear: () => {
        this.pointer.forget();
        this.drop();
      },
    });
    this.margin = new Margin(sheet, this.text, this.book, { choose: (id) => this.goTo(id, false), list: (cs) => this.showList(cs) });
    this.overlay = new Overlay(sheet, this.text, {
      preview: (s) => {
        this.preview = s;
        this.draw("marks");
      },
      keep: (s) => {
        this.preview = undefined;
        if (this.focus !== undefined) this.moveSpan(this.focus, s);
      },
      drop: () => {
        this.preview = undefined;
        this.draw("marks");
      },
    });
    this.palette = new Palette(root, stage, this.book, {
      choose: (code, stay) => this.choose(code, stay),
      create: (name, stay, own) => this.create(name, stay, own),
      closed: () => this.focusText(),
    });
    this.list = new List(root.querySelector<HTMLElement>(".surface-right")!, this.text, this.store, this.book, this.wire, data.zone, this.may, {
      choose: (id) => this.goTo(id, false),
      mark: (id) => {
        if (!this.may) return;
        if (!this.list.marked.delete(id)) this.list.marked.add(id);
        this.draw("marks");
      },
      change: (ids) => this.openChange(ids),
      edit: (id) => this.edit(id),
      remove: (ids) => this.remove(ids),
      memo: (on, memo, words) => this.memo(on.id, memo, words),
      memoGone: async (m) => {
        try {
          this.took(await this.wire.memoRemove(changeID(), m.id));
        } catch (e) {
          this.status.notice(this.sentence(e));
        }
      },
    });
    this.tree = new Tree(root.querySelector<HTMLElement>(".surface-tree")!, this.book, data.project, this.may, {
      apply: (code) => {
        if (!this.live && this.added.length === 0) return false;
        this.changing = [];
        this.choose(code, false);
        return true;
      },
      only: () => {
        this.draw("codings", "book");
      },
      pin: (key, code) => void this.pin(key, code),
    });
    this.find = new Find(
      this.text,
      (s, move) => {
        if (s && move) this.reveal(s);
        if (s && !move) this.setCursor(this.text.unit(s.start, this.step === "letter" ? "word" : this.step), false);
        this.draw("marks");
      },
      () => this.focusText(),
    );
    stage.prepend(this.find.el);
    this.viewing = new Viewing(root, this.book, data, {
      changed: () => {
        this.margin.named = this.viewing.names;
        root.classList.toggle("reading", this.viewing.reading);
        this.draw("codings");
      },
    });
    this.pointer = new Pointer(this.turns, this.text, () => this.viewing.sentences, {
      select: (s, touch, open) => this.selected(s, touch, open),
      click: (at) => this.clicked(at),
      extend: (at) => this.extendTo(at),
      busy: () => this.palette.open,
    });
    this.begin();
  }

  // What a key or a click asks for; surface.ts does it.

  protected abstract openPalette(): void;
  protected abstract openChange(ids: number[]): void;
  protected abstract choose(code: number, stay: boolean): void;
  protected abstract applyHere(code: number): void;
  protected abstract create(name: string, stay: boolean, own: boolean): void;
  protected abstract remove(ids: number[]): void;
  protected abstract moveSpan(id: number, s: Span): void;
  protected abstract edit(id: number): void;
  protected abstract editKey(e: KeyboardEvent): void;
  protected abstract memoHere(): void;
  protected abstract memo(on: number, memo: Memo | undefined, words: string): Promise<void>;
  protected abstract sentence(e: unknown): string;
  protected abstract took(e: Entry): void;
  protected abstract confirmed(op: Op, e: Entry): void;
  protected abstract refused(op: Op, why: Refusal): void;
  protected abstract entry(e: Entry): void;
  protected abstract askUndo(): void;
  protected abstract undo(which: "undo" | "redo"): Promise<void>;
  protected abstract pin(key: string, code: number): Promise<void>;

  // Beginning, loading.

  protected begin(): void {
    const first = this.text.turns[0];
    this.turns.tabIndex = 0;
    this.turns.setAttribute("role", "group");
    this.turns.setAttribute("aria-label", say("surface.transcript.keys"));
    this.turns.addEventListener("keydown", (e) => this.keydown(e));
    this.turns.addEventListener("focus", () => this.draw("marks"));
    this.turns.addEventListener("copy", (e) => this.copy(e));
    // Keys of the whole page count where nothing has the focus, too.
    document.addEventListener("keydown", (e) => {
      if (e.target === document.body || this.root.contains(e.target as globalThis.Node)) this.elsewhereKey(e);
    }, { signal: this.off.signal });
    if (document.activeElement === document.body && matchMedia("(hover: hover)").matches) this.focusText();
    this.scroller.addEventListener("scroll", () => this.draw("window"), { passive: true });
    new ResizeObserver(() => this.draw("window")).observe(this.scroller);
    new ResizeObserver(() => this.draw("window")).observe(this.turns);
    void document.fonts?.ready.then(() => this.draw("window"));
    window.addEventListener("pagehide", () => this.tellReading());
    document.addEventListener("visibilitychange", () => document.hidden && this.tellReading());
    window.addEventListener("hashchange", () => this.toHash());
    try {
      this.recent = JSON.parse(localStorage.getItem(this.recentKey) ?? "[]");
    } catch {
      this.recent = [];
    }
    if (first) this.cursor = this.text.unit(this.text.parts[first.first].start, this.step);
    if (!this.toHash() && this.data.place > 1) this.toTurn(this.data.place);
    if (!this.paint.able) this.status.notice(say("surface.plain"));
    this.draw("codings", "book", "status");
    void this.load().then(() => this.resume());
  }

  protected get recentKey(): string {
    return `anyam:recent:${this.data.project}:${this.data.me}`;
  }

  protected async load(wait = 1000): Promise<void> {
    try {
      const [c, b] = await Promise.all([this.wire.codings(), this.wire.codebook()]);
      this.store.load(c.seq, c.codings, c.memos ?? []);
      this.book.load(b);
      this.draw("codings", "book", "status");
      this.stream.start();
      this.askUndo();
    } catch (e) {
      if (e instanceof Away) {
        this.status.saving("offline", this.queue.count);
        await new Promise((done) => setTimeout(done, wait));
        return this.load(Math.min(wait * 2, 30000));
      }
      this.status.notice(this.sentence(e));
    }
  }

  /** What was kept in the browser is sent again. */
  protected resume(): void {
    for (const op of this.outbox.all()) {
      if (this.store.has(op.change)) continue;
      if (op.kind === "apply" && op.code < 0) {
        if (op.invivo && op.spans[0]) op.name = invivo(this.text.quote(op.spans[0]));
        this.book.expect(op.code, op.name ?? "");
      }
      this.queue.add(op);
    }
    this.draw("codings", "status");
  }

  protected toHash(): boolean {
    const m = /^#t(\d+)$/.exec(location.hash);
    if (m) this.toTurn(Number(m[1]));
    return !!m;
  }

  protected toTurn(number: number): void {
    const i = this.text.turns.findIndex((t) => t.number === number);
    if (i < 0) return;
    this.cursor = this.text.unit(this.text.spanOf(i).start, this.step);
    const go = () => this.text.turns[i].el.scrollIntoView({ block: "start" });
    go();
    // Heights were guesses; after two frames those near the turn are true.
    requestAnimationFrame(() => requestAnimationFrame(() => (go(), this.draw("window"))));
  }

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

  // Keys.

  protected keydown(e: KeyboardEvent): void {
    if (e.target !== this.turns) return;
    if (this.editing) return this.editKey(e);
    const c = command(e);
    if (c && this.run(c)) {
      e.preventDefault();
      e.stopPropagation();
    }
  }

  /** Keys that work in every panel. */
  protected elsewhereKey(e: KeyboardEvent): void {
    const t = e.target as Element;
    if (t.closest("input, textarea, select, dialog, .palette")) return;
    const c = command(e);
    if (!c) return;
    if (["panel", "undo", "redo", "find", "help"].includes(c) || (c === "escape" && t !== this.turns)) {
      e.preventDefault();
      if (c === "escape") {
        this.status.closePanels();
        this.focusText();
      } else this.run(c);
      return;
    }
    const card = t.closest<HTMLElement>(".coding-card");
    if (card && ["edit", "remove", "memo", "change"].includes(c) && !(t instanceof HTMLButtonElement)) {
      e.preventDefault();
      this.focus = Number(card.dataset.coding);
      this.run(c);
    }
  }

  /** Does a command; tells whether it was one for here. */
  protected run(c: Command): boolean {
    const rtl = this.text.length > 0 && this.text.rtl(this.cursor.start);
    const ahead = rtl ? -1 : 1;
    const back = rtl ? 1 : -1;
    const writing = ["palette", "invivo", "memo", "add", "edit", "remove", "change", "undo", "redo", "repeat"].includes(c) || c.startsWith("pin-");
    if (writing && !this.may) {
      this.status.speak(say("surface.readonly"));
      return true;
    }
    if (this.text.length === 0 && !["help", "panel", "escape", "reading"].includes(c)) return false;
    switch (c) {
      case "right": this.move(ahead, this.step); break;
      case "left": this.move(back, this.step); break;
      case "down": this.move(1, "turn"); break;
      case "up": this.move(-1, "turn"); break;
      case "extend-right": this.extend(ahead, this.step); break;
      case "extend-left": this.extend(back, this.step); break;
      case "extend-down": this.extend(1, "turn"); break;
      case "extend-up": this.extend(-1, "turn"); break;
      case "home": this.setCursor(this.text.unit(0, this.step)); break;
      case "end": this.setCursor(this.text.unit(this.text.length, this.step)); break;
      case "word": case "sentence": case "turn": case "letter": this.setStep(c); break;
      case "palette": this.openPalette(); break;
      case "invivo": {
        const t = this.targets()[0];
        if (t) this.create(invivo(this.text.quote(t)), false, true);
        break;
      }
      case "memo": this.memoHere(); break;
      case "add": {
        const s = this.place();
        if (this.added.some((a) => a.start === s.start && a.stop === s.stop)) this.added = this.added.filter((a) => a.start !== s.start || a.stop !== s.stop);
        else this.added.push(s);
        this.live = undefined;
        this.anchor = this.lead = undefined;
        this.status.speak(say(this.added.length === 1 ? "surface.added.one" : "surface.added", { n: this.added.length }));
        this.draw("marks");
        break;
      }
      case "over": {
        const here = this.here();
        if (here.length === 0) {
          this.status.speak(say("surface.nothing.read"));
          break;
        }
        const i = here.findIndex((x) => x.id === this.focus);
        this.focus = here[(i + 1) % here.length].id;
        this.speakCoding(here[(i + 1) % here.length]);
        this.draw("marks");
        break;
      }
      case "edit": {
        const f = this.focused();
        if (f) this.edit(f.id);
        break;
      }
      case "remove": {
        const marked = [...this.list.marked];
        const f = marked.length ? undefined : this.focused();
        if (marked.length || f) this.remove(marked.length ? marked : [f!.id]);
        break;
      }
      case "change": {
        const f = this.focused();
        if (f) this.openChange([f.id]);
        break;
      }
      case "next": this.hop(1); break;
      case "previous": this.hop(-1); break;
      case "reading": this.viewing.toggleReading(); this.status.speak(say(this.viewing.reading ? "surface.reading.on" : "surface.reading.off")); break;
      case "help": this.help(); break;
      case "find": this.find.open(this.cursor.start); break;
      case "undo": case "redo": void this.undo(c); break;
      case "repeat": {
        const id = this.recent.find((r) => this.book.applicable(r));
        if (id) this.applyHere(id);
        else this.status.speak(say("surface.norepeat"));
        break;
      }
      case "panel": this.nextPanel(); break;
      case "escape":
        if (this.status.closePanels()) break;
        if (this.live || this.added.length) this.drop();
        else if (this.focus !== undefined) {
          this.focus = undefined;
          this.draw("marks");
        } else if (this.viewing.reading) this.viewing.toggleReading();
        else if (this.tree.filter !== undefined) {
          this.tree.filter = undefined;
          this.draw("codings", "book");
        } else return false;
        break;
      default: {
        const id = this.book.pins[c.slice(4)];
        if (id && this.book.applicable(id)) this.applyHere(id);
        else this.status.speak(say("surface.nopin", { key: c.slice(4) }));
      }
    }
    return true;
  }

  /** The coding in focus; where there is none, the innermost at the cursor becomes it. */
  protected focused(): Coding | undefined {
    let f = this.focus === undefined ? undefined : this.store.get(this.focus);
    if (!f) {
      f = this.here()[0];
      if (f) this.focus = f.id;
      else this.status.speak(say("surface.nothing.read"));
    }
    return f;
  }

  protected nextPanel(): void {
    const stops: [Element | null, () => void][] = [
      [this.turns, () => this.focusText()],
      [this.root.querySelector(".surface-right"), () => {
        this.status.openPanel("right");
        const card = this.root.querySelector<HTMLElement>(".surface-right .coding-card");
        (card ?? this.root.querySelector<HTMLElement>(".surface-right")!).focus();
      }],
      [this.root.querySelector(".surface-left"), () => {
        this.status.openPanel("left");
        this.tree.focus();
      }],
    ];
    const i = stops.findIndex(([el]) => el?.contains(document.activeElement));
    stops[(i + 1) % stops.length][1]();
  }

  protected help(): void {
    const d = help(this.may);
    d.addEventListener("close", () => {
      d.remove();
      this.focusText();
    });
    this.root.append(d);
    d.showModal();
  }

  protected copy(e: ClipboardEvent): void {
    if (window.getSelection()?.toString() || !e.clipboardData) return;
    e.clipboardData.setData("text/plain", this.targets().map((s) => this.text.quote(s)).join("\n"));
    e.preventDefault();
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

  /** Lets go of everything that outlives the element. */
  end(): void {
    cancelAnimationFrame(this.frame);
    this.off.abort();
    clearTimeout(this.speakTimer);
    this.stream.stop();
    this.paint.clear();
    this.pointer.end();
    this.tellReading();
  }
}
