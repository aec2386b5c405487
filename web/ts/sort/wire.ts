// Talking to the server for the queue: the order, the segments, the codebook, and one write at a time.

import { Away, Refusal } from "../coding/wire";
import type { Codebook, Entry } from "../coding/data";
import type { Order, Part, Segment } from "./data";

export class SortWire {
  readonly base: string;

  constructor(project: number, private node: number) {
    this.base = `/projects/${project}`;
  }

  private async ask<T>(path: string, body?: string, type = "application/json", read = (r: Response): Promise<unknown> => r.json()): Promise<T> {
    let r: Response;
    try {
      r = await fetch(this.base + path, {
        method: body === undefined ? "GET" : "POST",
        credentials: "same-origin",
        redirect: "manual",
        keepalive: body !== undefined, // a decision is not lost by going to the document
        headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": type }) },
        body,
      });
    } catch (e) {
      throw new Away(String(e));
    }
    if (r.ok) {
      try {
        return (await read(r)) as T;
      } catch (e) {
        throw new Away(String(e));
      }
    }
    const said = (await r.json().catch(() => ({}))) as { error?: string; kind?: string; into?: number };
    if (r.type === "opaqueredirect" || r.status === 401) throw new Refusal(said.error ?? "", "signin", undefined, 401);
    if ([429, 502, 503, 504].includes(r.status)) throw new Away(said.error ?? "");
    throw new Refusal(said.error ?? "", said.kind ?? "invalid", said.into, r.status);
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

  recode(change: string, coding: number, code: number): Promise<Entry> {
    return this.ask("/codings", JSON.stringify({ change, codings: [coding], code }));
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
