// What the queue knows: the segments in their order, what was decided about each, and the decisions that can be taken back.
// Between visits the browser keeps numbers alone; see kept.ts.

import type { CodingRow } from "../coding/data";
import type { Order, OrderRow, Part, Place } from "./data";
import { Keeper, type KeptStep } from "./kept";

export interface Item {
  id: number;
  code: number; // as the server has it; 0: the coding is gone
  coder: number;
  document: number;
  start: number;
  stop: number;
}

/** One decision: where a segment went (the queue's own code: it stays), and what had been decided before, 0 for nothing. */
export interface Step {
  at: number; // when, in milliseconds, no two alike
  coding: number;
  code: number;
  was: number;
  change: string; // empty where nothing was sent
  seq: number; // 0 until it is answered
}

export class State {
  items: Item[] = [];
  places = new Map<number, Place>();
  targets: number[] = [];
  decided = new Map<number, number>();
  joined = new Set<number>(); // went to where their coder had the same words already
  steps: Step[] = [];
  /** Decisions that wait for the split: made here, and nowhere else yet. */
  held = new Set<number>();
  hold = false;
  mine = false;
  undecided = false;
  private by = new Map<number, Item>();

  private keeper: Keeper;

  constructor(project: number, readonly node: number, private me: number) {
    this.keeper = new Keeper(project, me, node);
    const k = this.keeper.read();
    this.targets = k.targets;
    this.decided = new Map(k.decided);
    this.joined = new Set(k.joined);
    this.held = new Set(k.held);
    this.hold = k.hold;
    this.steps = k.steps.map(([at, coding, code, was, change, seq]) => ({ at, coding, code, was, change, seq }));
  }

  keep(): void {
    const steps = this.steps.map((s): KeptStep => [s.at, s.coding, s.code, s.was, s.change, s.seq]);
    this.keeper.write({ targets: this.targets, decided: [...this.decided], joined: [...this.joined], held: [...this.held], hold: this.hold, steps });
  }

  item(id: number): Item | undefined {
    return this.by.get(id);
  }

  /** Every code that something has gone to, for asking what is there now. */
  codes(): number[] {
    return [...new Set([...this.targets, ...this.decided.values()])].filter((c) => c !== this.node).slice(0, 30);
  }

  /** Takes the order as the server has it; pending tells of which codings something is still on its way. */
  take(o: Order, pending: (coding: number) => boolean): void {
    this.places = new Map(o.documents.map((d) => [d.id, d]));
    const there = new Map<number, OrderRow>(o.codings.map((r) => [r[0], r]));
    const known = this.by;
    this.by = new Map();
    this.items = [];
    for (const r of o.codings) {
      const waits = pending(r[0]);
      if (r[1] !== this.node && !this.decided.has(r[0]) && !known.has(r[0]) && !waits) continue; // never was in this queue
      const x: Item = { id: r[0], code: waits && !this.decided.has(r[0]) ? this.node : r[1], coder: r[2], document: r[3], start: r[4], stop: r[5] };
      this.by.set(x.id, x);
      this.items.push(x);
    }
    for (const [id, x] of known) {
      if (there.has(id)) continue;
      x.code = 0;
      this.by.set(id, x); // remembered, so that it can be said that it has gone
    }
    for (const id of there.keys()) this.joined.delete(id);
    for (const [id, to] of [...this.decided]) {
      const x = this.by.get(id);
      if (pending(id) || this.joined.has(id)) continue;
      if (this.held.has(id) && x?.code === this.node) continue;
      if (!x || x.code !== to) this.forget(id, known.size === 0);
    }
    this.keep();
  }

  /** Takes a coding as an entry tells of it, unless something of one's own about it is on its way, whose answer comes later. */
  row(r: CodingRow, pending: boolean): void {
    const x = this.by.get(r[0]);
    if (!x || pending) return;
    const back = !this.items.includes(x);
    x.code = r[1];
    x.coder = r[2];
    x.start = r[3];
    x.stop = r[4];
    if (back) this.put(x);
    this.joined.delete(x.id);
    if (this.held.has(x.id) && x.code === this.node) return;
    if (this.decided.has(x.id) && this.decided.get(x.id) !== x.code) this.forget(x.id);
  }

  // forget drops a decision that no longer holds. What the browser keeps about it may be another window's by now: it goes on the
  // next visit, if that finds that it doesn't hold either.
  private forget(id: number, visit = false): void {
    this.decided.delete(id);
    this.held.delete(id);
    if (!visit) this.keeper.leave(id);
  }

  private put(x: Item): void {
    const rank = new Map([...this.places.keys()].map((d, i) => [d, i]));
    const before = (a: Item, b: Item) => (rank.get(a.document) ?? 0) - (rank.get(b.document) ?? 0) || a.start - b.start || b.stop - a.stop || a.id - b.id;
    this.items.push(x);
    this.items.sort(before);
  }

  gone(id: number, pending: boolean): void {
    const x = this.by.get(id);
    if (!x || pending) return;
    x.code = 0;
    if (!this.joined.has(id)) this.forget(id);
  }

  /** Whether nothing was decided yet about a segment that is still there. */
  open(x: Item): boolean {
    return x.code === this.node && !this.decided.has(x.id);
  }

  /** Whether a segment is part of what is shown, whatever was decided. */
  shows(x: Item): boolean {
    return (!this.mine || x.coder === this.me) && (this.open(x) || this.decided.has(x.id));
  }

  /** The segments one walks over. */
  shown(): Item[] {
    return this.items.filter((x) => this.shows(x) && (!this.undecided || this.open(x)));
  }

  /** How many there are, were decided and are left, under the filter of whose they are. */
  sums(): { all: number; decided: number; left: number; others: number } {
    let decided = 0, left = 0, others = 0;
    for (const x of this.items) {
      const open = this.open(x);
      if (!open && !this.decided.has(x.id)) continue;
      if (this.mine && x.coder !== this.me) {
        if (open) others++;
      } else if (open) left++;
      else decided++;
    }
    for (const id of this.joined) if (!this.by.has(id)) decided++; // before this visit
    return { all: decided + left, decided, left, others };
  }

  /** How many segments were given to each code. */
  went(): Map<number, number> {
    const n = new Map<number, number>();
    for (const c of this.decided.values()) n.set(c, (n.get(c) ?? 0) + 1);
    return n;
  }

  /** Whether anything is left under the code itself, as the server has it. */
  empty(): boolean {
    return !this.items.some((x) => x.code === this.node);
  }

  /** What the split is to do: the codes, each with its segments. */
  parts(): Part[] {
    const by = new Map<number, number[]>();
    for (const id of this.held) {
      const code = this.decided.get(id)!;
      by.set(code, [...(by.get(code) ?? []), id]);
    }
    return [...by].map(([node, codings]) => ({ node, codings }));
  }

  /** Says that the split was made: what was held has happened. It gives the decisions, for holding them again when that is taken back. */
  made(parts: Part[]): [number, number][] {
    const was = parts.flatMap((p) => p.codings.map((id): [number, number] => [id, p.node]));
    for (const [id] of was) this.held.delete(id);
    const all = new Set(was.map(([id]) => id));
    this.steps = this.steps.filter((s) => !all.has(s.coding));
    this.keep();
    return was;
  }

  /** Holds decisions again, whose segments are back under the code itself. */
  holdAgain(all: [number, number][]): void {
    for (const [id, code] of all) {
      const x = this.by.get(id);
      if (x?.code !== this.node) continue;
      this.joined.delete(id);
      this.decided.set(id, code);
      this.held.add(id);
    }
    this.keep();
  }

  /** A decision without a change is a note of one's own: it stays where it is, or waits for the split. */
  decide(id: number, code: number, change: string): Step {
    const at = Math.max(Date.now(), (this.steps[this.steps.length - 1]?.at ?? 0) + 1);
    const s: Step = { at, coding: id, code, was: this.decided.get(id) ?? 0, change, seq: 0 };
    this.decided.set(id, code);
    this.waits(id, !change && code !== this.node);
    this.steps.push(s);
    this.keep();
    return s;
  }

  private waits(id: number, on: boolean): void {
    if (on) this.held.add(id);
    else this.held.delete(id);
  }

  /** Puts a segment back to what had been decided about it. */
  restore({ coding: id, was, change }: Step): void {
    const x = this.by.get(id);
    if (x) {
      if (change) x.code = was || this.node;
      if (!this.items.includes(x)) this.put(x);
    }
    if (was) this.decided.set(id, was);
    else this.decided.delete(id);
    this.waits(id, !!was && x?.code === this.node && was !== this.node);
    this.joined.delete(id);
    this.keep();
  }
}
