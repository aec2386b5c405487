// The segments that were fetched: fifty at a time, some ahead of the one that is shown.

import type { Entry } from "../coding/data";
import type { Segment } from "./data";
import type { Item, State } from "./state";
import type { SortWire } from "./wire";

const page = 50; // segments fetched at once
const ahead = 10; // with so few left in hand, the next are fetched

interface Hooks {
  /** Whether something about a coding is on its way. */
  about(coding: number): boolean;
  /** Segments came, and it is known which are no more. */
  came(gone: number[]): void;
  /** They could not be fetched; again is to be called after some milliseconds. */
  failed(e: unknown, again: () => void): void;
  /** They can be asked for once more. */
  draw(): void;
}

export class Hand {
  private held = new Map<number, Segment>();
  private asked = new Set<number>();

  constructor(private wire: SortWire, private state: State, private hooks: Hooks) {}

  get(id: number): Segment | undefined {
    return this.held.get(id);
  }

  /** Whether a segment is on its way. */
  waits(id: number): boolean {
    return this.asked.has(id);
  }

  /** Asks what one segment is now, whatever is in hand; nothing where that can't be known. */
  async look(id: number): Promise<Segment | undefined> {
    try {
      return (await this.wire.segments([id]))[0];
    } catch {
      return undefined; // what holds is told by the stream, then
    }
  }

  put(s: Segment): void {
    this.held.set(s.coding, s);
  }

  /** Fetches what is lacking around a segment. */
  async need(at: number, shown: Item[]): Promise<void> {
    if (!at) return;
    const i = Math.max(0, shown.findIndex((x) => x.id === at));
    const lacks = (x: Item) => !this.held.has(x.id) && !this.asked.has(x.id);
    const here = this.state.item(at);
    const near = shown.slice(Math.max(0, i - 2), i + ahead);
    if (!near.some(lacks) && !(here && lacks(here))) return;
    const ids = shown.slice(Math.max(0, i - 5)).filter(lacks).slice(0, page - 1).map((x) => x.id);
    if (here && lacks(here) && !ids.includes(here.id)) ids.unshift(here.id);
    ids.forEach((id) => this.asked.add(id));
    try {
      const got = await this.wire.segments(ids);
      ids.forEach((id) => this.asked.delete(id));
      for (const s of got) {
        this.put(s);
        const x = this.state.item(s.coding);
        if (x && !this.hooks.about(s.coding)) Object.assign(x, { start: s.start, stop: s.stop });
      }
      const gone = ids.filter((id) => !got.some((s) => s.coding === id));
      for (const id of gone) this.state.gone(id, this.hooks.about(id));
      this.hooks.came(gone);
    } catch (e) {
      this.hooks.failed(e, () => (ids.forEach((id) => this.asked.delete(id)), this.hooks.draw()));
    }
  }

  /** Forgets the segments that have other bounds by now. */
  check(): void {
    for (const [id, s] of this.held) {
      const x = this.state.item(id);
      if (x && (x.start !== s.start || x.stop !== s.stop)) this.held.delete(id);
    }
  }

  /** Forgets the segments whose words, memos or neighbours an entry touched, and tells which. */
  stale(e: Entry): Set<number> {
    const out = new Set<number>();
    const rows = [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])];
    const gone = e.codings?.gone ?? [];
    const memos = new Set([...(e.memos?.new ?? []), ...(e.memos?.set ?? [])].map((m) => m[1]));
    const all = (e.memos?.gone?.length ?? 0) > 0; // whose they were is not told
    for (const [id, s] of this.held) {
      const own = rows.find((r) => r[0] === id);
      if (own) s.code = own[1];
      const moved = own && (own[3] !== s.start || own[4] !== s.stop);
      const meets = rows.some((r) => r[0] !== id && r[3] < s.stop && s.start < r[4]) || s.others.some((o) => gone.includes(o.coding) || rows.some((r) => r[0] === o.coding));
      if (moved || meets || memos.has(id) || (all && s.memos.length > 0)) out.add(id);
    }
    for (const id of out) this.held.delete(id);
    return out;
  }
}
