// Codes that are made beside the one whose segments are sorted, and the retiring of that one when nothing is left under it.

import type { Codebook, Entry, Node } from "../coding/data";
import { say } from "../coding/words";
import { Away, Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import type { Around } from "./card";
import type { Strip } from "./strip";
import type { SortWire } from "./wire";

interface Hooks {
  heard(e: Entry): void;
  book(b: Codebook): void;
  made(code: number): void;
  retired(): void;
  signIn(): void;
}

export class Codes {
  private making: { name: string; change: string } | undefined;
  private retiring = "";

  constructor(private wire: SortWire, private strip: Strip, private around: Around, private above: number, private hooks: Hooks) {}

  /** Makes a code and resolves to a sentence where it was refused. The same name sent again after a lost answer is the same change. */
  async make(name: string): Promise<string> {
    if (this.making?.name !== name) this.making = { name, change: changeID() };
    const known = new Set(this.around.nodes.keys());
    try {
      const e = await this.wire.make(this.making.change, name, this.above);
      this.making = undefined;
      this.hooks.heard(e);
      this.hooks.book(await this.wire.codebook(e.seq));
      const like = (n: Node) => n.parent === this.above && n.name.toLowerCase() === name.normalize("NFC").toLowerCase().replace(/\s+/g, " ");
      const fresh = [...this.around.nodes.values()].filter((n) => like(n) || (!known.has(n.id) && n.parent === this.above));
      const made = fresh.find(like) ?? fresh[0];
      if (made) this.hooks.made(made.id);
      return "";
    } catch (e) {
      if (e instanceof Refusal) {
        this.making = undefined;
        if (e.kind === "signin") this.hooks.signIn();
        return e.message || say("surface.failed");
      }
      if (e instanceof Away) return e.message && !/fetch/i.test(e.message) ? e.message : say("surface.away");
      throw e;
    }
  }

  async retire(): Promise<void> {
    this.retiring ||= changeID();
    try {
      const e = await this.wire.retire(this.retiring, this.around.node);
      this.retiring = "";
      this.hooks.heard(e);
      this.hooks.retired();
    } catch (e) {
      if (e instanceof Refusal && e.kind === "signin") return this.hooks.signIn();
      if (e instanceof Refusal) this.retiring = "";
      if (!(e instanceof Refusal || e instanceof Away)) throw e;
      this.strip.notice(e instanceof Refusal ? say("sort.refused", { why: e.message }) : say("surface.away"), e instanceof Away ? [[say("sort.again"), () => void this.retire()]] : []);
    }
  }
}
