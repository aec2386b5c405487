// The operations of the coding surface, and how they hang together. Pure.

import type { Entry, Span } from "./data";

/** An operation of mine on its way. `change` is its identity, for the server too. Codes and codings without a number have one below zero. */
export type Op =
  | { change: string; kind: "apply"; version: number; spans: (Span & { check: number })[]; code: number; name?: string; invivo?: boolean; parent?: number; temp: number; at: number }
  | { change: string; kind: "code"; codings: number[]; code: number }
  | { change: string; kind: "span"; coding: number; span: Span & { check: number } }
  | { change: string; kind: "remove"; codings: number[] };

/** What may be kept in the browser: a code named in vivo goes without its name, which is read from the document again. */
export function wordless(op: Op): Op {
  if (op.kind !== "apply" || !op.invivo) return op;
  const { name: _, ...o } = op;
  return o;
}

/** Numbers that the answer to an operation brought take the place of those below zero in a later one; true where they did. */
export function learn(later: Op, op: Op, e: Entry): boolean {
  const rows = e.codings?.new ?? [];
  if (op.kind !== "apply" || rows.length === 0) return false;
  const was = JSON.stringify(later);
  const code = rows[0][1];
  const ids = new Map<number, number>();
  op.spans.forEach((s, i) => {
    const row = rows.find((r) => r[3] === s.start && r[4] === s.stop);
    if (row) ids.set(op.temp + i, row[0]);
  });
  if ((later.kind === "apply" || later.kind === "code") && later.code < 0 && later.code === op.code) later.code = code;
  if (later.kind === "code" || later.kind === "remove") later.codings = later.codings.map((id) => ids.get(id) ?? id);
  if (later.kind === "span") later.coding = ids.get(later.coding) ?? later.coding;
  return JSON.stringify(later) !== was;
}

/** Whether an operation still speaks of something that never got a number. */
export function unnumbered(op: Op): boolean {
  if (op.kind === "apply") return op.code < 0 && !op.name;
  if (op.kind === "code") return op.code < 0 || op.codings.some((id) => id < 0);
  if (op.kind === "span") return op.coding < 0;
  return op.codings.some((id) => id < 0);
}
