// Overlapping spans: an index over them, the innermost at each place, and lanes. Pure arithmetic on half-open spans.

import type { Span } from "./data";

/** An index over spans sorted by start, then longest first. Questions cost a binary search and what they find. */
export class Index<T extends Span> {
  readonly all: T[];
  private reach: Float64Array; // the furthest stop up to and with each place

  constructor(items: Iterable<T>) {
    this.all = [...items].sort((a, b) => a.start - b.start || b.stop - a.stop);
    this.reach = new Float64Array(this.all.length);
    let far = -1;
    this.all.forEach((s, i) => {
      far = Math.max(far, s.stop);
      this.reach[i] = far;
    });
  }

  /** Those with at least one character in [start, stop), in order. */
  over(start: number, stop: number): T[] {
    let lo = 0;
    let hi = this.all.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.reach[mid] > start) hi = mid;
      else lo = mid + 1;
    }
    const out: T[] = [];
    for (let i = lo; i < this.all.length && this.all[i].start < stop; i++) {
      if (this.all[i].stop > start) out.push(this.all[i]);
    }
    return out;
  }

  /** Those that hold the character at an offset, shortest first. */
  at(offset: number): T[] {
    return this.over(offset, offset + 1).sort(shortest);
  }

  /** The place in `all` of the first that starts at or after an offset. */
  from(offset: number): number {
    let lo = 0;
    let hi = this.all.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.all[mid].start < offset) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }
}

/** Shortest first; of two as long, the later start. */
export function shortest(a: Span, b: Span): number {
  return a.stop - a.start - (b.stop - b.start) || b.start - a.start;
}

export interface Stretch<T> extends Span {
  item: T;
}

/** The innermost (shortest) of the spans over each stretch of [from, to), in order; neighbours with the same one are joined. */
export function innermost<T extends Span>(items: T[], from: number, to: number): Stretch<T>[] {
  const cuts = new Set<number>();
  for (const s of items) {
    if (s.stop <= from || s.start >= to || s.stop <= s.start) continue;
    cuts.add(Math.max(from, s.start));
    cuts.add(Math.min(to, s.stop));
  }
  const at = [...cuts].sort((a, b) => a - b);
  const starts = items.filter((s) => s.stop > from && s.start < to && s.stop > s.start).sort((a, b) => a.start - b.start);
  const out: Stretch<T>[] = [];
  let live: T[] = [];
  let next = 0;
  for (let i = 0; i + 1 < at.length; i++) {
    const [a, b] = [at[i], at[i + 1]];
    while (next < starts.length && starts[next].start <= a) live.push(starts[next++]);
    live = live.filter((s) => s.stop > a);
    if (live.length === 0) continue;
    let best = live[0];
    for (const s of live) if (shortest(s, best) < 0) best = s;
    const last = out[out.length - 1];
    if (last && last.stop === a && last.item === best) last.stop = b;
    else out.push({ start: a, stop: b, item: best });
  }
  return out;
}

/** Lanes for underlines: no two spans that share a character share a lane; -1 where all `depth` lanes are taken. */
export function lanes<T extends Span>(sorted: T[], depth: number): Map<T, number> {
  const out = new Map<T, number>();
  const free: number[] = new Array(depth).fill(0); // from where each lane is free
  for (const s of sorted) {
    let lane = -1;
    for (let i = 0; i < depth; i++) {
      if (free[i] <= s.start) {
        lane = i;
        break;
      }
    }
    if (lane >= 0) free[lane] = Math.max(s.stop, s.start + 1);
    out.set(s, lane);
  }
  return out;
}

/** A stripe of the margin: where it begins and ends on the sheet in pixels, and what tells it apart. */
export interface Stripe {
  id: number;
  top: number;
  bottom: number;
}

export interface Packed<S extends Stripe> {
  lane: Map<number, number>;
  clusters: S[][];
}

/**
 * Lanes for the margin. Stripes that touch form a cluster; what had a lane keeps it while it is free; newcomers take the
 * lowest free one, the outer (earlier, then longer) first. Lanes from `limit` on belong to the "+n" lane.
 */
export function pack<S extends Stripe>(stripes: S[], had: Map<number, number>, limit: number): Packed<S> {
  const sorted = [...stripes].sort((a, b) => a.top - b.top || b.bottom - a.bottom || a.id - b.id);
  const clusters: S[][] = [];
  let end = -Infinity;
  for (const s of sorted) {
    if (clusters.length === 0 || s.top > end) {
      clusters.push([s]);
      end = s.bottom;
    } else {
      clusters[clusters.length - 1].push(s);
      end = Math.max(end, s.bottom);
    }
  }
  const lane = new Map<number, number>();
  for (const cluster of clusters) {
    const taken: S[][] = [];
    const clear = (l: number, s: S) => !(taken[l] ?? []).some((o) => o.top <= s.bottom && s.top <= o.bottom);
    const put = (l: number, s: S) => {
      (taken[l] ??= []).push(s);
      lane.set(s.id, l);
    };
    for (const s of cluster) {
      const l = had.get(s.id);
      if (l !== undefined && l < limit && clear(l, s)) put(l, s);
    }
    for (const s of cluster) {
      if (lane.has(s.id)) continue;
      let l = 0;
      while (l < limit && !clear(l, s)) l++;
      if (l < limit) put(l, s);
      else lane.set(s.id, limit);
    }
  }
  return { lane, clusters };
}

/** Spans without what they share: sorted, and joined where they overlap or touch. */
export function union(spans: Span[]): Span[] {
  const out: Span[] = [];
  for (const s of [...spans].sort((a, b) => a.start - b.start)) {
    if (s.stop <= s.start) continue;
    const last = out[out.length - 1];
    if (last && s.start <= last.stop) last.stop = Math.max(last.stop, s.stop);
    else out.push({ start: s.start, stop: s.stop });
  }
  return out;
}
