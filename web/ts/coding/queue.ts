// My operations on their way: one after the other, again after a failure, kept in the browser meanwhile.

import type { Entry } from "./data";
import type { Op, Store } from "./store";
import { Away, type Outbox, Refusal, type Wire } from "./wire";

export type Saving = "saved" | "saving" | "offline" | "signin";

interface Hooks {
  confirmed(op: Op, entry: Entry): void;
  refused(op: Op, why: Refusal): void;
  moved(): void;
  signedOut(): void;
}

export class Queue {
  state: Saving = "saved";
  private busy = false;
  private timer = 0;
  private wait = 1000;

  constructor(private wire: Wire, private store: Store, private outbox: Outbox, private hooks: Hooks) {
    window.addEventListener("online", () => this.again());
    document.addEventListener("visibilitychange", () => !document.hidden && this.again());
    window.addEventListener("beforeunload", (e) => {
      // Not when it was thrown away on purpose, by signing out.
      if ((this.state === "offline" || this.state === "signin") && this.outbox.all().length > 0) e.preventDefault();
    });
  }

  get count(): number {
    return this.store.pending.length;
  }

  add(op: Op): void {
    this.store.push(op);
    this.outbox.keep(op);
    void this.run();
  }

  /** Tries at once, whatever it was waiting for. */
  again(): void {
    clearTimeout(this.timer);
    this.wait = 1000;
    void this.run();
  }

  /** The stream told of a change of mine before its own answer came. */
  echo(e: Entry): void {
    const op = this.store.pending.find((o) => o.change === e.change);
    if (!op) return;
    this.settle(op, e);
    // Whoever hears the stream is signed in and connected.
    if (!this.busy) this.again();
  }

  private set(s: Saving): void {
    this.state = s;
    this.hooks.moved();
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.store.pending.length > 0) {
        const op = this.store.pending[0];
        if (unnumbered(op)) {
          this.forget(op);
          continue;
        }
        if (this.state !== "offline" && this.state !== "signin") this.set("saving");
        try {
          const entry = await this.wire.send(op);
          this.wait = 1000;
          this.set("saving");
          this.settle(op, entry);
        } catch (e) {
          if (!this.store.has(op.change)) continue; // the stream was quicker than the failure
          if (e instanceof Refusal && e.kind !== "signin") {
            this.forget(op);
            this.hooks.refused(op, e);
            continue;
          }
          if (e instanceof Refusal) {
            const news = this.state !== "signin";
            this.set("signin");
            if (news) this.hooks.signedOut();
            return;
          }
          if (!(e instanceof Away)) throw e;
          this.set("offline");
          clearTimeout(this.timer);
          this.timer = window.setTimeout(() => void this.run(), this.wait);
          this.wait = Math.min(this.wait * 2, 30000);
          return;
        }
      }
      this.set("saved");
    } finally {
      this.busy = false;
    }
  }

  private forget(op: Op): void {
    this.store.drop(op.change);
    this.outbox.forget(op.change);
    this.hooks.moved();
  }

  /** Numbers that the answer brought take the place of those below zero in what comes after. */
  private settle(op: Op, e: Entry): void {
    const rows = e.codings?.new ?? [];
    if (op.kind === "apply") {
      const code = rows[0]?.[1];
      const ids = new Map<number, number>();
      op.spans.forEach((s, i) => {
        const row = rows.find((r) => r[3] === s.start && r[4] === s.stop);
        if (row) ids.set(op.temp + i, row[0]);
      });
      for (const o of this.store.pending) {
        if (o === op) continue;
        if ((o.kind === "apply" || o.kind === "code") && o.code < 0 && o.code === op.code && code) o.code = code;
        if (o.kind === "code" || o.kind === "remove") o.codings = o.codings.map((id) => ids.get(id) ?? id);
        if (o.kind === "span") o.coding = ids.get(o.coding) ?? o.coding;
        this.outbox.keep(o);
      }
    }
    this.outbox.forget(op.change);
    this.store.entry(e);
    this.store.drop(op.change);
    this.hooks.confirmed(op, e);
  }
}

/** Whether an operation still speaks of something that never got a number. */
function unnumbered(op: Op): boolean {
  if (op.kind === "apply") return op.code < 0 && !op.name;
  if (op.kind === "code") return op.code < 0 || op.codings.some((id) => id < 0);
  if (op.kind === "span") return op.coding < 0;
  return op.codings.some((id) => id < 0);
}
