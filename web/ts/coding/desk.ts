// What the coding surface holds, and how its parts are put together. Each class after this one adds one thing: drawing.ts how it
// is drawn, walking.ts the cursor and the selection, commands.ts the keys, surface.ts what is written to the server and what
// comes from it.

import { Book } from "./book";
import type { Coding, Entry, Memo, Span, SurfaceData } from "./data";
import { type End, Ends } from "./ends";
import { Find } from "./find";
import { Overlay } from "./handles";
import { Index } from "./intervals";
import { List } from "./list";
import { DocumentMap } from "./map";
import { Margin } from "./margin";
import type { On } from "./memos";
import type { Near } from "./near";
import { learn, type Op, unnumbered, wordless } from "./ops";
import { Paint } from "./paint";
import { invivo, Palette } from "./palette";
import { Places } from "./places";
import { Pointer } from "./pointer";
import { Sentences } from "./sentences";
import { SignIn } from "./signin";
import { Signs } from "./signs";
import { Status } from "./status";
import { Store } from "./store";
import { type Step, Text } from "./text";
import { Tree } from "./tree";
import { Viewing } from "./viewing";
import { Stream, type Undoable, Wire } from "./wire";
import { Away, type Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import { Outbox, unsent } from "../lib/outbox";
import { say, useWords } from "./words";

export type Dirty = "codings" | "marks" | "window" | "rest" | "book" | "status";

export const unnumberedCode = -1_000_000;

export abstract class Desk {
  readonly text: Text;
  readonly store: Store;
  readonly book = new Book();
  protected wire: Wire;
  protected outbox: Outbox<Op, Entry>;
  protected stream: Stream;
  protected places: Places;
  protected paint: Paint;
  protected margin: Margin;
  protected overlay: Overlay;
  protected palette: Palette;
  protected list: List;
  protected tree: Tree;
  protected find: Find;
  protected status: Status;
  protected ends: Ends;
  protected map: DocumentMap;
  protected signs: Signs;
  protected signIn: SignIn;
  protected viewing: Viewing;
  protected pointer: Pointer;
  protected sentences: Sentences;

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
  protected editing: { id: number; span: Span; end: End } | undefined;
  protected preview: Span | undefined;
  protected arrival: Span | undefined; // what a link led to, while it is shown
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
    this.turns.querySelector(".turns-rest")?.classList.add("open");
    const sheet = root.querySelector<HTMLElement>(".sheet")!;
    const stage = root.querySelector<HTMLElement>(".surface-stage")!;
    this.text = new Text(this.turns, data.textLang || data.lang);
    this.wire = new Wire(data.project, data.document);
    this.outbox = new Outbox<Op, Entry>(data.project, data.document, data.me, {
      send: (op) => this.wire.send(op),
      keeps: wordless,
      learn,
      lost: unnumbered,
      answered: (op, e) => {
        this.store.entry(e);
        this.confirmed(op, e);
      },
      refused: (op, why) => this.refused(op, why),
      signedOut: (first) => first && this.askSignIn(),
      moved: () => {
        this.store.moved();
        this.draw("status", "codings");
      },
    });
    this.store = new Store(data.me, this.outbox.waiting);
    this.store.seq = data.seq;
    this.paint = new Paint(this.text);
    this.signIn = new SignIn(root, data.email, data.me, () => this.wire.codebook(), () => this.signedIn());
    this.stream = new Stream(
      this.wire.base,
      () => this.store.seq,
      (e) => this.entry(e),
      () => void this.load(),
      () => undefined,
    );
    this.status = new Status(stage, root, data.may, {
      undo: () => void this.undo("undo"),
      help: () => this.help(),
      view: (at) => this.viewing.open(at),
      find: () => this.find.open(this.cursor.start),
      again: () => this.outbox.again(),
      code: () => this.openPalette(),
      memo: () => this.memoHere(),
      clear: () => this.drop(),
      signIn: () => this.askSignIn(),
    });
    this.ends = new Ends({ move: (end, by) => this.moveEnd(end, by, "word"), done: (keep) => this.endEdit(keep) });
    stage.prepend(this.ends.el);
    this.places = new Places(sheet, this.text);
    this.margin = new Margin(sheet, this.text, this.places, this.book, { choose: (id) => this.goTo(id, false), list: (cs) => this.showList(cs) });
    this.overlay = new Overlay(sheet, this.text, this.places, {
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
    this.list = new List(root.querySelector<HTMLElement>(".surface-right")!, this.text, this.store, this.book, this.wire, data.zone, data.may, {
      choose: (id) => this.goTo(id, false),
      mark: (id) => {
        if (!this.may) return;
        if (!this.list.marked.delete(id)) this.list.marked.add(id);
        this.draw("marks");
      },
      change: (ids) => this.openChange(ids),
      edit: (id) => {
        this.status.closePanels(); // where they lie over the words
        this.edit(id);
      },
      remove: (ids) => this.remove(ids),
      reference: (s) => this.reference([s]),
      memo: (on, memo, words) => this.memo(on, memo, words),
      redraw: () => this.draw("marks"),
      back: () => this.focusText(),
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
      memos: (id) => {
        this.status.openPanel("right");
        this.list.showCode(id, true);
      },
    });
    this.signs = new Signs(this.text, (turn) => {
      this.setCursor(this.text.spanOf(turn), false);
      this.status.openPanel("right");
      this.drawNow();
      this.list.showNotes();
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
    this.map = new DocumentMap(stage, sheet, this.scroller, this.text, this.book);
    this.viewing = new Viewing(root, sheet, this.book, data, {
      changed: (anew) => {
        this.margin.named = this.viewing.names;
        this.margin.before = this.viewing.before;
        root.classList.toggle("reading", this.viewing.reading);
        if (anew) this.resized();
        this.draw("codings");
      },
      keep: (p) => this.wire.person(p),
      lost: (why) => this.status.notice(this.sentence(why)),
    });
    this.pointer = new Pointer(this.turns, this.text, () => this.viewing.sentences, {
      select: (s, touch, open) => this.selected(s, touch, open),
      click: (at) => this.clicked(at),
      extend: (at) => this.extendTo(at),
      sentence: (at, one, touch) => {
        this.sentences.press(at, one);
        if (!touch) this.focusText();
      },
      busy: () => this.palette.open,
    });
    this.sentences = new Sentences(this.turns, this.text, this.book, data.lang, {
      cursor: () => this.cursor,
      taken: () => this.taken(),
      go: (s, taken, scroll) => {
        this.setCursor(s, scroll, false);
        this.added = taken;
      },
    });
    this.begin();
  }

  // What the parts ask for; the classes after this one do it.

  protected abstract draw(...what: Dirty[]): void;
  protected abstract drawNow(): void;
  protected abstract scrolled(): void;
  protected abstract resized(): void;
  protected abstract shifted(): void;
  protected abstract tellReading(anyway?: boolean): void;
  protected abstract leaves(): void;
  protected abstract reveal(s: Span): void;
  protected abstract setCursor(s: Span, scroll?: boolean, speak?: boolean): void;
  protected abstract selected(s: Span, touch: boolean, open: boolean): void;
  protected abstract clicked(at: number | undefined): void;
  protected abstract extendTo(at: number): void;
  protected abstract drop(): void;
  protected abstract here(): Coding[];
  protected abstract place(): Span;
  protected abstract taken(): Span[];
  protected abstract goTo(id: number, scroll?: boolean): void;
  protected abstract showList(cs: Coding[]): void;
  protected abstract focusText(): void;
  protected abstract keydown(e: KeyboardEvent): void;
  protected abstract elsewhereKey(e: KeyboardEvent): void;
  protected abstract help(): void;
  protected abstract copy(e: ClipboardEvent): void;
  protected abstract reference(spans: Span[]): void;
  protected abstract arrive(s: Span): void;
  protected abstract moveEnd(end: End, by: 1 | -1, step: Step): void;
  protected abstract endEdit(keep: boolean): void;

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
  protected abstract memo(on: On, memo: Memo | undefined, words: string): Promise<void>;
  protected abstract sentence(e: unknown): string;
  protected abstract took(e: Entry): void;
  protected abstract confirmed(op: Op, e: Entry): void;
  protected abstract refused(op: Op, why: Refusal): void;
  protected abstract entry(e: Entry): void;
  protected abstract askUndo(wait?: number): void;
  protected abstract askBook(): void;
  protected abstract undo(which: "undo" | "redo"): Promise<void>;
  protected abstract pin(key: string, code: number): Promise<void>;

  // Beginning, loading.

  protected begin(): void {
    const first = this.text.turns[0];
    this.turns.tabIndex = 0;
    this.turns.setAttribute("role", "group");
    this.turns.setAttribute("aria-label", say("surface.text.keys"));
    this.turns.addEventListener("keydown", (e) => this.keydown(e));
    this.turns.addEventListener("focus", () => this.draw("marks"));
    // Where nothing is selected for the browser, a copy comes to the body, wherever the focus is.
    document.addEventListener("copy", (e) => document.activeElement === this.turns && this.copy(e), { signal: this.off.signal });
    // Keys of the whole page count where nothing has the focus, too.
    document.addEventListener("keydown", (e) => {
      if (e.target === document.body || this.root.contains(e.target as globalThis.Node)) this.elsewhereKey(e);
    }, { signal: this.off.signal });
    if (document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches) this.focusText();
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    for (const [el, f] of [[this.scroller, () => this.draw("window", "rest")], [this.turns, () => this.shifted()]] as const) {
      const o = new ResizeObserver(f);
      o.observe(el);
      this.off.signal.addEventListener("abort", () => o.disconnect());
    }
    void document.fonts?.ready.then(() => this.resized());
    document.fonts?.addEventListener("loadingdone", () => this.resized(), { signal: this.off.signal });
    window.addEventListener("pagehide", () => this.leaves(), { signal: this.off.signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leaves() : this.tellReading(true)), { signal: this.off.signal });
    window.addEventListener("hashchange", () => this.toHash(true), { signal: this.off.signal });
    window.addEventListener("beforeunload", (e) => {
      // Not when it was thrown away on purpose, by signing out.
      if (["offline", "signin"].includes(this.outbox.state) && this.outbox.waiting.length > 0 && unsent() > 0) e.preventDefault();
    }, { signal: this.off.signal });
    // A link to where one was led before changes no address, and leads there all the same.
    this.root.addEventListener("click", (e) => {
      const link = (e.target as Element).closest?.("a");
      if (link && link.href === location.href && link.hash) this.toHash(true);
    });
    try {
      this.recent = JSON.parse(localStorage.getItem(this.recentKey) ?? "[]");
    } catch {
      this.recent = [];
    }
    if (first) this.cursor = this.text.unit(this.text.parts[first.first].start, this.step);
    if (!this.toHash(true) && this.data.place > 1) this.toTurn(this.data.place);
    if (!this.paint.able) this.status.notice(say("surface.plain"));
    this.draw("codings", "book", "status");
    this.resume();
    void this.load();
    // The list of documents shows the one that is open, wherever it stands in it.
    const here = this.root.querySelector<HTMLElement>('.surface-doc[aria-current="true"]');
    const list = here?.closest("ul");
    if (here && list) list.scrollTop = here.offsetTop - (list.clientHeight - here.offsetHeight) / 2;
  }

  protected get recentKey(): string {
    return `anyam:recent:${this.data.project}:${this.data.me}`;
  }

  protected async load(wait = 1000): Promise<void> {
    try {
      const [c, b] = await Promise.all([this.wire.codings(), this.wire.codebook()]);
      this.store.load(c.seq, c.codings, c.memos ?? []);
      if (!this.book.load(b)) this.askBook();
      this.draw("codings", "book", "status");
      this.toHash();
      this.stream.start();
      this.askUndo();
    } catch (e) {
      if (e instanceof Away) {
        this.status.saving("offline", this.outbox.waiting.length);
        await new Promise((done) => setTimeout(done, wait));
        return this.load(Math.min(wait * 2, 30000));
      }
      this.status.notice(this.sentence(e));
    }
  }

  /** What was kept in the browser is sent again. */
  protected resume(): void {
    for (const op of this.outbox.resume()) {
      if (op.kind !== "apply" || op.code >= 0) continue;
      if (op.invivo && op.spans[0]) op.name = invivo(this.text.quote(op.spans[0]));
      this.book.expect(op.code, op.name ?? "");
    }
    this.outbox.again();
    this.draw("codings", "status");
  }

  protected askSignIn(): void {
    this.signIn.show(this.outbox.waiting.length);
  }

  protected signedIn(): void {
    this.outbox.again();
    void this.load();
  }

  private arrived = "";

  /** Follows #t44, a turn, or #c123, a coding, which may have to be loaded first. */
  protected toHash(anew = false): boolean {
    if (anew) this.arrived = "";
    if (location.hash === this.arrived) return false;
    const turn = /^#t(\d+)$/.exec(location.hash);
    const coding = /^#c(\d+)$/.exec(location.hash);
    if (turn) {
      const i = this.toTurn(Number(turn[1]));
      if (i >= 0) this.arrive(this.found() ?? this.text.spanOf(i));
    } else if (coding) {
      const c = this.store.get(Number(coding[1]));
      if (!c) return true;
      this.goTo(c.id);
      this.arrive(c);
    }
    this.arrived = location.hash;
    return !!(turn || coding);
  }

  /** The words that a search found, ?words=120-131 beside the turn, so far as they are in this text. */
  private found(): Span | undefined {
    const m = /^(\d{1,9})-(\d{1,9})$/.exec(new URLSearchParams(location.search).get("words") ?? "");
    const s = m && { start: Number(m[1]), stop: Number(m[2]) };
    return s && s.start < s.stop && s.stop <= this.text.length ? s : undefined;
  }

  /** Goes to a turn by its number; its place, -1 where there is none. */
  protected toTurn(number: number): number {
    const i = this.text.turns.findIndex((t) => t.number === number);
    if (i < 0) return i;
    this.cursor = this.text.unit(this.text.spanOf(i).start, this.step);
    const go = () => this.text.turns[i].el.scrollIntoView({ block: "start" });
    go();
    // Heights were guesses; after two frames those near the turn are true.
    requestAnimationFrame(() => requestAnimationFrame(() => (go(), this.draw("window"))));
    return i;
  }

  /** Lets go of everything that outlives the element. */
  end(): void {
    cancelAnimationFrame(this.frame);
    this.off.abort();
    clearTimeout(this.speakTimer);
    clearTimeout(this.undoTimer);
    this.outbox.end();
    this.stream.stop();
    this.paint.clear();
    this.pointer.end();
    this.sentences.end();
    this.leaves();
  }
}
