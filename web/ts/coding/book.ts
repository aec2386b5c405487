// The codebook as the surface needs it: names, colours, keys, and names of codes that are still on their way.

import type { Codebook, Coder, Node } from "./data";
import type { Named } from "./match";

export interface Code extends Named {
  colour: number;
  pattern: number;
  path: string;
}

export class Book {
  nodes = new Map<number, Node>();
  order: Node[] = [];
  coders = new Map<number, Coder>();
  pins: Record<string, number> = {};
  loaded = false;
  private former = new Map<number, string[]>();
  may = { code: false, codebook: false };
  private coming = new Map<number, string>();
  private kept: Code[] | undefined;
  private seq = 0; // of the newest entry that is known of here

  /** False where it was asked for before something that is known here, which it would take away: then nothing changes. */
  load(b: Codebook): boolean {
    if (b.seq < this.seq) return false;
    this.seq = b.seq;
    this.order = b.nodes;
    this.nodes = new Map(b.nodes.map((n) => [n.id, n]));
    this.coders = new Map(b.coders.map((c) => [c.id, c]));
    this.pins = b.pins ?? {};
    this.former.clear();
    for (const f of b.former ?? []) this.former.set(f.into, [...(this.former.get(f.into) ?? []), f.name]);
    this.may = b.may;
    this.loaded = true;
    this.kept = undefined;
    return true;
  }

  /** A code that has no number yet. */
  expect(id: number, name: string): void {
    this.coming.set(id, name);
  }

  /** A code that has just got its number can be applied at once; the next codebook brings the rest of it. */
  made(id: number, name: string, seq: number): void {
    this.seq = Math.max(this.seq, seq);
    if (this.nodes.has(id)) return;
    const n: Node = { id, kind: "code", codable: true, parent: 0, name, definition: "", use: "", avoid: "", colour: 0, pattern: 0, state: "live", count: 0 };
    this.nodes.set(id, n);
    this.order.push(n);
    this.kept = undefined;
  }

  name(code: number): string {
    return this.nodes.get(code)?.name ?? this.coming.get(code) ?? "…";
  }

  /** The name of the node above, or nothing at the top. */
  theme(code: number): string {
    const n = this.nodes.get(code);
    return n && n.parent ? (this.nodes.get(n.parent)?.name ?? "") : "";
  }

  colour(code: number): number {
    return this.nodes.get(code)?.colour || 12;
  }

  pattern(code: number): number {
    return this.nodes.get(code)?.pattern ?? 0;
  }

  key(code: number): string {
    for (const [k, v] of Object.entries(this.pins)) if (v === code) return k;
    return "";
  }

  applicable(id: number): boolean {
    const n = this.nodes.get(id);
    return n ? n.codable && n.state === "live" : this.coming.has(id);
  }

  /** Everything that can be applied, in the order of the tree. */
  codes(): Code[] {
    this.kept ??= this.order
      .filter((n) => n.codable && n.state === "live")
      .map((n) => {
        const theme = this.theme(n.id);
        return { id: n.id, name: n.name, theme, definition: n.definition, colour: n.colour || 12, pattern: n.pattern, path: theme, former: this.former.get(n.id) };
      });
    return this.kept;
  }

  /** A node and everything below it. */
  below(id: number): Set<number> {
    const out = new Set([id]);
    // Tree order puts a node before what is below it.
    for (const n of this.order) if (out.has(n.parent)) out.add(n.id);
    return out;
  }

  depth(n: Node): number {
    let d = 1;
    for (let p = n.parent; p && d < 12; p = this.nodes.get(p)?.parent ?? 0) d++;
    return d;
  }

  coder(id: number): string {
    return this.coders.get(id)?.initials ?? "?";
  }
}
