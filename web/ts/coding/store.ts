// What the server confirmed, what is on its way, and the view of both. Pure.
//
// view = the pending operations, in order, applied to the confirmed codings. Taking an operation away is the rollback.

import { type Coding, type CodingRow, codingOf, type Entry, type Memo, memoOf, type MemoRow } from "./data";
import type { Op } from "./ops";

export class Store {
  readonly memos = new Map<number, Memo>();
  seq = 0;
  private confirmed = new Map<number, Coding>();
  private touched = new Map<number, number>(); // thing -> the newest entry that told of it
  private kept: Coding[] | undefined;
  private byID = new Map<number, Coding>();
  private temp = 0;
  private recent: Entry[] = [];

  /** pending is what waits in the outbox. */
  constructor(readonly me: number, readonly pending: readonly Op[] = []) {}

  /** Everything anew, as it stood at seq. Operations on their way stay. */
  load(seq: number, codings: CodingRow[], memos: MemoRow[]): void {
    this.seq = seq;
    this.confirmed = new Map(codings.map((r) => [r[0], codingOf(r)]));
    this.memos.clear();
    for (const r of memos) this.memos.set(r[0], memoOf(r));
    this.touched.clear();
    this.kept = undefined;
    // What came while this was being fetched may be newer than it.
    const late = this.recent.filter((e) => e.seq > seq);
    this.recent = [];
    for (const e of late) this.entry(e);
  }

  /**
   * One entry, from the stream or as the answer to a write. The order in which they come does not matter: of each thing
   * the newest entry wins. Tells whether anything changed.
   */
  entry(e: Entry): boolean {
    this.seq = Math.max(this.seq, e.seq);
    this.recent.push(e);
    if (this.recent.length > 400) this.recent.splice(0, 200);
    let any = false;
    const fresh = (id: number) => {
      if ((this.touched.get(id) ?? 0) >= e.seq) return false;
      this.touched.set(id, e.seq);
      any = true;
      return true;
    };
    for (const r of [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])]) if (fresh(r[0])) this.confirmed.set(r[0], codingOf(r));
    for (const id of e.codings?.gone ?? []) if (fresh(id)) this.confirmed.delete(id);
    for (const r of [...(e.memos?.new ?? []), ...(e.memos?.set ?? [])]) if (fresh(r[0])) this.memos.set(r[0], memoOf(r));
    for (const id of e.memos?.gone ?? []) if (fresh(id)) this.memos.delete(id);
    if (any) this.kept = undefined;
    return any;
  }

  /** Numbers (below zero) for codings that have none yet. Returns the first of n. */
  numbers(n: number): number {
    this.temp -= n;
    return this.temp;
  }

  /** What is pending is another. */
  moved(): void {
    for (const op of this.pending) if (op.kind === "apply") this.temp = Math.min(this.temp, op.temp);
    this.kept = undefined;
  }

  /** All codings as they will be when everything on its way has arrived. The same array until something changes. */
  view(): Coding[] {
    if (this.kept) return this.kept;
    const out = new Map(this.confirmed);
    for (const op of this.pending) {
      switch (op.kind) {
        case "apply":
          op.spans.forEach((s, i) => {
            const there = op.code > 0 && [...out.values()].some((c) => c.code === op.code && c.coder === this.me && c.start === s.start && c.stop === s.stop);
            if (there) return;
            const id = op.temp + i;
            out.set(id, { id, code: op.code, coder: this.me, start: s.start, stop: s.stop, at: op.at, made: 0, pending: op.change });
          });
          break;
        case "code":
          for (const id of op.codings) {
            const c = out.get(id);
            if (c) out.set(id, { ...c, code: op.code, pending: op.change });
          }
          break;
        case "span": {
          const c = out.get(op.coding);
          if (c) out.set(op.coding, { ...c, start: op.span.start, stop: op.span.stop, pending: op.change });
          break;
        }
        case "remove":
          for (const id of op.codings) out.delete(id);
          break;
      }
    }
    this.byID = out;
    this.kept = [...out.values()];
    return this.kept;
  }

  get(id: number): Coding | undefined {
    this.view();
    return this.byID.get(id);
  }

  /** The memos on one thing, oldest first. */
  memosOn(id: number): Memo[] {
    return [...this.memos.values()].filter((m) => m.on === id).sort((a, b) => a.at - b.at);
  }
}
