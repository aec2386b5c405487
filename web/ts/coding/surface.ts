// The coding surface: the desk with everything that is written to the server and everything that comes from it.

import type { Coding, Entry, Memo, Span } from "./data";
import { Commands } from "./commands";
import { unnumberedCode } from "./desk";
import type { End } from "./ends";
import { check } from "./offsets";
import type { On } from "./memos";
import type { Op } from "./ops";
import type { Step } from "./text";
import { Away, Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import { say } from "./words";

export class Surface extends Commands {
  // Coding.

  protected ticked(spans: Span[]): Set<number> {
    const out = new Set<number>();
    if (spans.length === 0) return out;
    const mine = (s: Span) => this.store.view().filter((c) => c.coder === this.store.me && c.start === s.start && c.stop === s.stop);
    for (const c of mine(spans[0])) if (spans.every((s) => mine(s).some((o) => o.code === c.code))) out.add(c.code);
    return out;
  }

  protected override openPalette(): void {
    const spans = this.targets();
    if (spans.length === 0 || !this.may) return;
    this.changing = [];
    const last = spans[spans.length - 1];
    this.nudge(last);
    this.palette.show({
      quote: this.text.quote(spans[0]),
      length: spans.reduce((n, s) => n + s.stop - s.start, 0),
      ticked: this.ticked(spans),
      change: false,
      recent: this.recent,
      rects: () => [this.text.rect(last.start), this.text.rect(last.stop - 1)],
    });
  }

  protected override openChange(ids: number[]): void {
    const c = this.store.get(ids[0]);
    if (!c || !this.may) return;
    this.changing = ids;
    this.reveal(c);
    this.palette.show({ quote: this.text.quote(c), length: c.stop - c.start, ticked: new Set([c.code]), change: true, recent: this.recent, rects: () => [this.text.rect(c.start), this.text.rect(c.stop - 1)] });
  }

  /** The codes used last, the newest first; one that has no number yet is known by what stands for it, in this window only. */
  protected remember(code: number, instead?: number): void {
    this.recent = [code, ...this.recent.filter((r) => r !== code && r !== instead)].slice(0, 12);
    try {
      localStorage.setItem(this.recentKey, JSON.stringify(this.recent.filter((r) => r > 0)));
    } catch {
      // It is remembered until the page is left.
    }
  }

  protected override choose(code: number, stay: boolean): void {
    if (this.changing.length) {
      const ids = this.changing.filter((id) => this.store.get(id)?.code !== code);
      this.changing = [];
      this.palette.close();
      if (ids.length) {
        this.outbox.add({ change: changeID(), kind: "code", codings: ids, code });
        this.list.marked.clear();
        this.remember(code);
        this.status.speak(say("surface.changed", { code: this.book.name(code) }));
        this.draw("codings", "marks");
      }
      return;
    }
    const spans = this.targets();
    if (this.palette.open && this.ticked(spans).has(code)) {
      const gone = this.store.view().filter((c) => c.code === code && c.coder === this.store.me && spans.some((s) => s.start === c.start && s.stop === c.stop)).map((c) => c.id);
      this.remove(gone);
    } else this.apply(spans, code);
    this.after(stay, spans);
  }

  /** Puts one of my codes on what is selected, without the palette. */
  protected override applyHere(code: number): void {
    const spans = this.targets();
    if (this.ticked(spans).has(code)) return this.status.speak(say("surface.already", { code: this.book.name(code) }));
    this.apply(spans, code);
    this.after(false, spans);
  }

  protected apply(spans: Span[], code: number, name?: string, own = false): void {
    if (spans.length === 0) return;
    const temp = this.store.numbers(spans.length);
    const id = name === undefined ? code : unnumberedCode + temp;
    if (name !== undefined) this.book.expect(id, name);
    const op: Op = {
      change: changeID(),
      kind: "apply",
      version: this.data.version,
      spans: spans.map((s) => ({ start: s.start, stop: s.stop, check: check(this.text.quote(s)) })),
      code: id,
      temp,
      at: Math.floor(Date.now() / 1000),
      ...(name === undefined ? {} : { name, invivo: own, parent: 0 }),
    };
    this.outbox.add(op);
    this.focus = temp + spans.length - 1;
    this.remember(id);
    this.status.speak(say("surface.applied", { code: this.book.name(id) }));
    this.draw("codings", "marks");
  }

  protected after(stay: boolean, spans: Span[]): void {
    if (stay) {
      this.palette.again(this.ticked(spans));
      return;
    }
    this.palette.close();
    const last = spans[spans.length - 1];
    if (last) this.cursor = last;
    this.live = undefined;
    this.added = [];
    this.anchor = this.lead = undefined;
    this.focusText();
    this.draw("codings", "marks");
  }

  protected override create(name: string, stay: boolean, own: boolean): void {
    const spans = this.targets();
    const same = this.book.codes().find((c) => c.name.normalize("NFC") === name.normalize("NFC") && !this.book.nodes.get(c.id)!.parent);
    if (same) this.apply(spans, same.id);
    else this.apply(spans, 0, name.normalize("NFC"), own);
    this.after(stay, spans);
  }

  protected override remove(ids: number[]): void {
    const cs = ids.map((id) => this.store.get(id)).filter((c): c is Coding => !!c);
    if (cs.length === 0) return;
    const next = this.here().find((c) => !ids.includes(c.id));
    this.outbox.add({ change: changeID(), kind: "remove", codings: cs.map((c) => c.id) });
    for (const id of ids) this.list.marked.delete(id);
    if (this.focus !== undefined && ids.includes(this.focus)) this.focus = next?.id;
    this.status.speak(cs.length === 1 ? say("surface.removed", { code: this.book.name(cs[0].code) }) : say("surface.removed.many", { n: cs.length }));
    this.draw("codings", "marks");
  }

  protected override moveSpan(id: number, s: Span): void {
    this.outbox.add({ change: changeID(), kind: "span", coding: id, span: { start: s.start, stop: s.stop, check: check(this.text.quote(s)) } });
    this.status.speak(say("surface.moved"));
    this.draw("codings", "marks");
  }

  // Editing a span by keyboard.

  protected override edit(id: number): void {
    const c = this.store.get(id);
    if (!c) return;
    this.focus = id;
    this.editing = { id, span: { start: c.start, stop: c.stop }, end: "stop" };
    this.status.mode(say("surface.editing"));
    this.ends.show(true);
    this.reveal(c);
    this.focusText();
    this.draw("marks");
  }

  protected override endEdit(keep: boolean): void {
    const m = this.editing;
    if (!m) return;
    this.editing = undefined;
    this.ends.show(false);
    this.status.mode("");
    const c = this.store.get(m.id);
    if (keep && c && (c.start !== m.span.start || c.stop !== m.span.stop)) this.moveSpan(m.id, m.span);
    this.focusText();
    this.draw("marks");
  }

  protected override moveEnd(end: End, by: 1 | -1, step: Step): void {
    const m = this.editing;
    if (!m) return;
    const s = m.span;
    m.end = end;
    if (end === "stop") {
      const at = by > 0 ? this.text.next({ start: Math.max(s.start, s.stop - 1), stop: s.stop }, step, 1).stop : this.text.next(this.text.unit(s.stop - 1, step), step, -1).stop;
      if (at > s.start) s.stop = at;
    } else {
      const at = by < 0 ? this.text.next({ start: s.start, stop: s.start + 1 }, step, -1).start : this.text.next(this.text.unit(s.start, step), step, 1).start;
      if (at < s.stop) s.start = at;
    }
    this.status.speak(this.text.quote(end === "stop" ? { start: Math.max(s.start, s.stop - 40), stop: s.stop } : { start: s.start, stop: Math.min(s.stop, s.start + 40) }));
    this.draw("marks");
  }

  protected override editKey(e: KeyboardEvent): void {
    const m = this.editing!;
    const rtl = this.text.rtl(m.span.start);
    if (e.key === "Enter") this.endEdit(true);
    else if (e.key === "Escape") this.endEdit(false);
    else if (e.key === "Tab") {
      m.end = m.end === "stop" ? "start" : "stop";
      this.status.speak(say(m.end === "stop" ? "surface.editing.end" : "surface.editing.start"));
    } else if (e.key === "ArrowRight" || e.key === "ArrowLeft") this.moveEnd(m.end, (e.key === "ArrowRight") === rtl ? -1 : 1, e.altKey || e.shiftKey ? "letter" : "word");
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  // Memos.

  /** On the coding in focus, else on the words selected, else on the innermost coding, else on the unit at the cursor. */
  protected override memoHere(): void {
    // In sentence mode what is taken is put aside from the beginning.
    const chosen = this.live ?? (this.viewing.sentences && this.added.length === 1 ? this.added[0] : undefined);
    const inner = chosen ? undefined : this.here()[0];
    const c = this.focus !== undefined && !chosen ? this.store.get(this.focus) : inner;
    this.status.openPanel("right");
    if (!c) {
      this.list.writeOn(chosen ?? this.place());
      return;
    }
    if (c.id < 0) return this.status.speak(say("surface.memo.wait"));
    this.focus = c.id;
    this.drawNow();
    this.list.draw(this.here(), this.focus, this.place());
    this.list.write(c.id);
  }

  protected override async memo(on: On, memo: Memo | undefined, words: string): Promise<void> {
    if (on.id < 0) throw new Error(say("surface.memo.wait"));
    const id = changeID();
    for (let tries = 0; ; tries++) {
      try {
        this.took(memo ? await this.wire.memoText(id, memo.id, memo.rev, words) : await this.wire.memo(id, on.id, words, on.start, on.stop));
        this.status.speak(say("surface.memo.saved"));
        return;
      } catch (e) {
        // The same change may be sent again: nobody knows whether it was saved.
        if (e instanceof Away && tries < 3) await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
        else throw new Error(this.sentence(e));
      }
    }
  }

  // Answers and news.

  protected override sentence(e: unknown): string {
    if (e instanceof Refusal && e.kind === "signin") return say("surface.signin");
    if (e instanceof Refusal && e.message) return e.message;
    if (e instanceof Away) return e.message && !/fetch|network/i.test(e.message) ? e.message : say("surface.away");
    return say("surface.failed");
  }

  protected override took(e: Entry): void {
    this.store.entry(e);
    this.draw("codings", "marks", "status");
    this.askUndo();
  }

  protected override confirmed(op: Op, e: Entry): void {
    const rows = e.codings?.new ?? [];
    if (op.kind === "apply") {
      if (this.focus !== undefined && this.focus < 0) {
        const s = op.spans[this.focus - op.temp];
        const row = s && rows.find((r) => r[3] === s.start && r[4] === s.stop);
        if (row) this.focus = row[0];
      }
      if (op.code < 0) {
        const code = rows[0]?.[1];
        if (code) this.book.made(code, op.name ?? this.book.name(op.code), e.seq);
        if (code) this.remember(code, op.code);
      }
    }
    this.draw("codings", "marks", "status");
    this.askUndo();
    this.askBook();
  }

  protected override refused(op: Op, why: Refusal): void {
    const acts: [string, () => void][] = [];
    if (why.into && (op.kind === "apply" || op.kind === "code")) {
      const into = why.into;
      acts.push([say("surface.useinstead", { code: this.book.name(into) }), () => {
        if (op.kind === "apply") this.apply(op.spans, into);
        else this.outbox.add({ change: changeID(), kind: "code", codings: op.codings, code: into });
        this.draw("codings", "marks");
      }]);
    }
    this.status.notice(this.sentence(why), acts);
    this.draw("codings", "marks", "status");
    this.askBook();
  }

  protected override entry(e: Entry): void {
    this.outbox.echo(e);
    const any = this.store.entry(e);
    if (any) this.draw("codings", "marks");
    if (e.coder !== this.store.me && e.codings?.new?.length) {
      this.others.set(e.coder, (this.others.get(e.coder) ?? 0) + e.codings.new.length);
      this.othersTimer ||= window.setTimeout(() => this.tellOthers(), 10000);
    }
    if (e.touched?.includes("nodes") || e.codings) this.askBook();
    if (e.coder === this.store.me) this.askUndo();
    document.body.dispatchEvent(new CustomEvent("anyam:codes", { detail: { seq: e.seq } }));
  }

  protected tellOthers(): void {
    this.othersTimer = 0;
    const said = [...this.others].map(([coder, n]) => say(n === 1 ? "surface.others.one" : "surface.others", { coder: this.book.coder(coder), n }));
    this.others.clear();
    if (said.length) this.status.speak(said.join(" "));
  }

  private bookAsked = 0;

  protected override askBook(): void {
    clearTimeout(this.bookTimer);
    this.bookTimer = window.setTimeout(async () => {
      const asked = ++this.bookAsked;
      try {
        const b = await this.wire.codebook();
        if (asked !== this.bookAsked) return; // it was asked for before something that it may not know of
        if (!this.book.load(b)) return this.askBook();
        this.draw("codings", "book", "marks");
      } catch {
        // The next entry asks again.
      }
    }, 600);
  }

  protected override askUndo(wait = 250): void {
    if (!this.data.may.memo) return;
    clearTimeout(this.undoTimer);
    this.undoTimer = window.setTimeout(async () => {
      try {
        this.undoable = await this.wire.undoable();
        this.draw("status");
      } catch (e) {
        // It stands in the status bar as it was, and is asked again while nobody knows.
        if (e instanceof Away) this.askUndo(Math.min(2 * wait + 1000, 30000));
      }
    }, wait);
  }

  protected override async undo(which: "undo" | "redo"): Promise<void> {
    if (this.outbox.waiting.length) return this.status.speak(say("surface.undo.wait"));
    try {
      const now = await this.wire.undoable();
      const it = now[which];
      if (!it) {
        this.undoable = now;
        this.draw("status");
        return this.status.speak(say(which === "undo" ? "surface.undo.none" : "surface.redo.none"));
      }
      const e = await this.wire.undo(changeID(), it.seq);
      this.store.entry(e);
      this.status.speak(say(which === "undo" ? "surface.undone" : "surface.redone", { name: it.name }));
      this.draw("codings", "marks", "status");
      this.askUndo();
      this.askBook();
    } catch (e) {
      this.status.notice(this.sentence(e));
      this.askUndo();
    }
  }

  protected override async pin(key: string, code: number): Promise<void> {
    const was = { ...this.book.pins };
    for (const k of Object.keys(this.book.pins)) if (this.book.pins[k] === code) delete this.book.pins[k];
    if (code) this.book.pins[key] = code;
    else delete this.book.pins[key];
    clearTimeout(this.bookTimer);
    this.bookAsked++;
    this.draw("book");
    try {
      for (const k of Object.keys(was)) if (was[k] === code && k !== key) await this.wire.pin(k, 0);
      await this.wire.pin(key, code);
      this.bookAsked++; // an answer on its way may have the keys as they were
      this.askBook();
      this.status.speak(code ? say("surface.pinned", { code: this.book.name(code), key }) : say("surface.unpinned", { key }));
    } catch (e) {
      this.book.pins = was;
      this.draw("book");
      this.askBook();
      this.status.notice(this.sentence(e));
    }
  }
}
