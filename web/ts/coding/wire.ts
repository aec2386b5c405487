// Talking to the server: reading, writing with one change id per intention, and the stream.

import type { Codebook, CodingRow, Entry, MemoRow, Person, Present } from "./data";
import { answer, Away } from "../lib/answer";
import { changeID as change } from "../lib/change";
import type { Op } from "./ops";

export interface Undoable {
  seq: number;
  name: string;
}

export interface SegmentElsewhere {
  coding: number;
  document: number;
  name: string;
  turn: number;
  text: string;
  coder: number;
}

export class Wire {
  readonly base: string;

  constructor(readonly project: number, readonly document: number) {
    this.base = `/projects/${project}`;
  }

  private ask<T>(path: string, body?: unknown): Promise<T> {
    // A plain question may be one that the page's head asked already, and then takes its answer.
    return answer(this.base + path, body === undefined ? {} : { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }

  codings(): Promise<{ seq: number; codings: CodingRow[]; memos: MemoRow[] }> {
    return this.ask(`/documents/${this.document}/codings.json`);
  }

  codebook(): Promise<Codebook> {
    return this.ask("/codebook.json");
  }

  segments(code: number, limit = 20): Promise<{ total: number; segments: SegmentElsewhere[] }> {
    return this.ask(`/nodes/${code}/segments.json?limit=${limit}`);
  }

  undoable(): Promise<{ undo: Undoable | null; redo: Undoable | null }> {
    return this.ask(`/undo.json?document=${this.document}`);
  }

  undo(id: string, seq: number): Promise<Entry> {
    return this.ask("/undo", { change: id, seq });
  }

  pin(key: string, code: number): Promise<unknown> {
    return this.ask("/pins", { change: change(), key, code });
  }

  memo(id: string, on: number, text: string, start?: number, stop?: number): Promise<Entry> {
    return this.ask("/memos", start === undefined ? { change: id, on, text } : { change: id, on, text, start, stop });
  }

  memoText(id: string, memo: number, rev: number, text: string): Promise<Entry> {
    return this.ask(`/memos/${memo}`, { change: id, rev, text });
  }

  memoRemove(id: string, memo: number): Promise<Entry> {
    return this.ask(`/memos/${memo}/remove`, { change: id });
  }

  /** Sends one operation. */
  send(op: Op): Promise<Entry> {
    switch (op.kind) {
      case "apply": {
        const code = op.code > 0 ? { code: op.code } : { name: op.name ?? "", parent: op.parent ?? 0 };
        return this.ask(`/documents/${this.document}/codings`, { change: op.change, version: op.version, spans: op.spans, ...code });
      }
      case "code":
        return this.ask("/codings", { change: op.change, codings: op.codings, code: op.code });
      case "span":
        return this.ask("/codings", { change: op.change, codings: [op.coding], span: op.span });
      case "remove":
        return this.ask("/codings/remove", { change: op.change, codings: op.codings });
    }
  }

  /** Where the reader is: the turn at the top and the furthest one seen. Answers who else is here. */
  async reading(place: number, furthest: number): Promise<Present[]> {
    const r = await fetch(this.readingAt, this.readingOf(place, furthest));
    return r.ok ? ((await r.json()) as { here: Present[] }).here : [];
  }

  /** The reader goes away. Best effort. */
  leaves(place: number, furthest: number): void {
    void fetch(this.readingAt, this.readingOf(place, furthest, "1")).catch(() => undefined);
  }

  private get readingAt(): string {
    return `${this.base}/documents/${this.document}/reading`;
  }

  private readingOf(place: number, furthest: number, away = ""): RequestInit {
    return {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: new URLSearchParams({ place: String(place), furthest: String(furthest), away }).toString(),
    };
  }

  /** How the person likes to read, on every machine. */
  async person(p: Person): Promise<void> {
    const r = await fetch("/account/surface", { method: "POST", credentials: "same-origin", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(p) });
    if (!r.ok) throw new Away(((await r.json().catch(() => ({}))) as { error?: string }).error ?? "");
  }
}

/**
 * The project's stream of entries. Goes on from the newest seq it has seen; a hidden tab lets go of its connection and
 * catches up when it is shown again.
 */
export class Stream {
  private source: EventSource | undefined;
  private timer = 0;
  private wait = 1000;
  onLine = true;

  constructor(
    private base: string,
    private after: () => number,
    private onEntry: (e: Entry) => void,
    private onReset: () => void,
    private onState: (open: boolean) => void,
  ) {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
    window.addEventListener("online", () => this.start());
    window.addEventListener("pagehide", () => this.stop());
    window.addEventListener("pageshow", () => this.start());
  }

  start(): void {
    if (document.hidden || this.source) return;
    clearTimeout(this.timer);
    const s = new EventSource(`${this.base}/stream?after=${this.after()}`);
    this.source = s;
    s.addEventListener("open", () => {
      this.wait = 1000;
      this.onState(true);
    });
    s.addEventListener("entry", (m) => this.onEntry(JSON.parse((m as MessageEvent<string>).data) as Entry));
    s.addEventListener("reset", () => this.onReset());
    s.addEventListener("error", () => {
      this.onState(false);
      // The browser tries again by itself only after a broken connection, not after an error answer, and it would ask
      // with the address of the beginning: so open a new one from where we are.
      this.stop();
      this.timer = window.setTimeout(() => this.start(), this.wait);
      this.wait = Math.min(this.wait * 2, 30000);
    });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }
}
