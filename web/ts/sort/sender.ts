// Decisions on their way: one after the other, again after a failure under the same change id, and kept in the browser by
// numbers alone until the server has answered.

import type { Entry } from "../coding/data";
import { Away, Refusal } from "../coding/wire";
import type { Op } from "./data";
import type { SortWire } from "./wire";

export type Saving = "saved" | "saving" | "offline" | "signin";

interface Hooks {
  done(op: Op, entry: Entry): void;
  refused(op: Op, why: Refusal): void;
  moved(): void;
}

export class Sender {
  state: Saving = "saved";
  waiting: Op[] = [];
  /** The seq of each change that was answered, so that it can be taken back. */
  readonly seqs = new Map<string, number>();
  private busy = false;
  private timer = 0;
  private wait = 1000;
  private idlers: (() => void)[] = [];

  constructor(private wire: SortWire, private key: string, private hooks: Hooks) {
    addEventListener("online", this.again);
    document.addEventListener("visibilitychange", this.again);
    try {
      const kept = Object.keys(localStorage).filter((k) => k.startsWith(key));
      const all = kept.map((k) => JSON.parse(localStorage.getItem(k)!) as { at: number; op: Op });
      this.waiting = all.sort((a, b) => a.at - b.at).map((x) => x.op);
    } catch {
      // Nothing that can be read was kept.
    }
  }

  end(): void {
    removeEventListener("online", this.again);
    document.removeEventListener("visibilitychange", this.again);
    clearTimeout(this.timer);
  }

  add(op: Op): void {
    this.waiting.push(op);
    try {
      localStorage.setItem(this.key + op.change, JSON.stringify({ at: performance.timeOrigin + performance.now(), op }));
    } catch {
      // No room or no permission: it is in memory and is sent from there.
    }
    void this.run();
  }

  /** Tries at once, whatever it was waiting for. */
  again = (): void => {
    if (document.hidden) return;
    clearTimeout(this.timer);
    this.wait = 1000;
    void this.run();
  };

  /** Resolves when nothing is on its way, or after some milliseconds. */
  idle(most: number): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve();
    return new Promise((done) => {
      this.idlers.push(done);
      setTimeout(done, most);
    });
  }

  /** Whether something about this coding is on its way. */
  about(coding: number): boolean {
    return this.waiting.some((o) => o.coding === coding);
  }

  private set(s: Saving): void {
    this.state = s;
    this.hooks.moved();
  }

  private forget(op: Op): void {
    this.waiting = this.waiting.filter((o) => o.change !== op.change);
    try {
      localStorage.removeItem(this.key + op.change);
    } catch {
      // Nothing was kept, then.
    }
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.waiting.length > 0) {
        const op = this.waiting[0]!;
        const seq = op.kind === "undo" ? this.seqs.get(op.of) : 0;
        if (seq === undefined) {
          this.forget(op); // what it takes back was refused
          continue;
        }
        if (this.state === "saved") this.set("saving");
        try {
          const entry = op.kind === "undo" ? await this.wire.undo(op.change, seq) : await this.wire.recode(op.change, op.coding, op.code);
          this.wait = 1000;
          this.seqs.set(op.change, entry.seq);
          this.forget(op);
          this.set("saving");
          this.hooks.done(op, entry);
        } catch (e) {
          if (e instanceof Refusal && e.kind !== "signin") {
            this.forget(op);
            this.hooks.refused(op, e);
            continue;
          }
          if (e instanceof Refusal) return this.set("signin");
          if (!(e instanceof Away)) throw e;
          this.set("offline");
          clearTimeout(this.timer);
          this.timer = window.setTimeout(() => void this.run(), this.wait);
          this.wait = Math.min(this.wait * 2, 30000);
          return;
        }
      }
      this.set("saved");
      for (const f of this.idlers.splice(0)) f();
    } finally {
      this.busy = false;
    }
  }
}
