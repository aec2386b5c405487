// Talking to the server for the queue: the order, the segments, the codebook, and one write at a time.

import type { Codebook, Entry } from "../coding/data";
import { answer } from "../lib/answer";
import type { Op, Order, Part, Segment } from "./data";

export class SortWire {
  readonly base: string;

  constructor(project: number, private node: number) {
    this.base = `/projects/${project}`;
  }

  private ask<T>(path: string, body?: string, type = "application/json", read?: (r: Response) => Promise<unknown>): Promise<T> {
    const accept = { Accept: "application/json" };
    if (body === undefined) return answer(this.base + path, { headers: accept }, read);
    // A decision is not lost by going to the document.
    return answer(this.base + path, { method: "POST", keepalive: true, headers: { ...accept, "Content-Type": type }, body }, read);
  }

  /** The order of the queue, with the codings of some codes that segments went to. */
  order(codes: number[], after: number): Promise<Order> {
    return this.ask(`/nodes/${this.node}/sort.json?codes=${codes.join(",")}&after=${after}`);
  }

  async segments(codings: number[]): Promise<Segment[]> {
    return (await this.ask<{ segments: Segment[] }>(`/nodes/${this.node}/sort.json?codings=${codings.join(",")}`)).segments;
  }

  codebook(after: number): Promise<Codebook> {
    return this.ask(`/codebook.json?after=${after}`);
  }

  send(op: Op): Promise<Entry> {
    if (op.kind === "undo") return this.undo(op.change, op.seq!);
    return this.ask("/codings", JSON.stringify({ change: op.change, codings: [op.coding], code: op.code }));
  }

  /** What a split would do, as a part of a page. */
  seeSplit(parts: Part[]): Promise<string> {
    return this.ask(`/nodes/${this.node}/split/see`, JSON.stringify({ parts }), "application/json", (r) => r.text());
  }

  split(change: string, parts: Part[], reason: string): Promise<Entry> {
    return this.ask(`/nodes/${this.node}/split`, JSON.stringify({ change, parts, reason }));
  }

  undo(change: string, seq: number): Promise<Entry> {
    return this.ask("/undo", JSON.stringify({ change, seq }));
  }

  make(change: string, name: string, parent: number): Promise<Entry> {
    return this.form("/nodes", { change, kind: "code", name, parent: String(parent) });
  }

  retire(change: string, node: number): Promise<Entry> {
    return this.form("/nodes/state", { change, nodes: String(node), state: "retired", children: "up" });
  }

  private form(path: string, fields: Record<string, string>): Promise<Entry> {
    return this.ask(path, new URLSearchParams(fields).toString(), "application/x-www-form-urlencoded");
  }
}
