// What is decided about segments: shown at once, sent behind, taken back, and put right where the server says otherwise.

import type { Entry } from "../coding/data";
import type { Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import { Outbox } from "../lib/outbox";
import type { Op, SortData } from "./data";
import type { Hand } from "./hand";
import type { Item, State, Step } from "./state";
import type { SortWire } from "./wire";

interface Hooks {
  /** One was answered; lost: its segment is none that this window ever saw. */
  answered(e: Entry, lost: boolean): void;
  /** One was refused; what holds instead is in the state. */
  refused(op: Op, why: Refusal): void;
  /** Somebody had decided the same. */
  same(): void;
  signedOut(): void;
  moved(): void;
}

export class Decisions {
  readonly outbox: Outbox<Op, Entry>;

  constructor(wire: SortWire, private state: State, private hand: Hand, d: SortData, private hooks: Hooks) {
    this.outbox = new Outbox<Op, Entry>(d.project, d.node, d.me, {
      send: (op) => wire.send(op),
      learn: (later, op, e) => later.of === op.change && ((later.seq = e.seq), true),
      lost: (op) => op.kind === "undo" && !op.seq, // what it takes back was refused
      answered: (op, e) => this.answered(op, e),
      refused: (op, why) => void this.refused(op, why),
      signedOut: () => hooks.signedOut(),
      moved: () => hooks.moved(),
    });
  }

  /** Whether something about a coding is on its way. */
  about(coding: number): boolean {
    return this.outbox.waiting.some((o) => o.coding === coding);
  }

  /** Gives a segment to a code. */
  give(x: Item, code: number): void {
    const was = this.state.decided.get(x.id) ?? 0;
    if (was === code) return;
    // To keep what has not moved is a note of one's own, and so is what waits for the split; everything else is a change.
    const node = this.state.node;
    const here = was === 0 || this.state.held.has(x.id) || (was === node && x.code === node && !this.about(x.id));
    const sent = !(here && (code === node || this.state.hold));
    const change = sent ? changeID() : "";
    this.state.decide(x.id, code, change);
    if (sent) this.outbox.add({ kind: "code", change, coding: x.id, code, of: "", was });
  }

  /** Takes back the last one. */
  undo(): Step | undefined {
    const s = this.state.steps.pop();
    if (!s) return undefined;
    this.state.restore(s);
    if (s.change) this.outbox.add({ kind: "undo", change: changeID(), coding: s.coding, code: s.was || this.state.node, of: s.change, seq: s.seq, was: s.code });
    return s;
  }

  /** Brings what an entry tells of into the state; true where there are segments that this window never saw. */
  rows(e: Entry): boolean {
    let fresh = false;
    for (const r of [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])]) {
      if (this.state.item(r[0])) this.state.row(r, this.about(r[0]));
      else fresh ||= r[1] === this.state.node;
    }
    for (const id of e.codings?.gone ?? []) this.state.gone(id, this.about(id));
    this.state.keep();
    return fresh;
  }

  private answered(op: Op, e: Entry): void {
    const step = this.state.steps.find((s) => s.change === op.change);
    if (step) step.seq = e.seq;
    for (const r of [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])]) this.state.row(r, this.about(r[0]));
    if (e.codings?.gone?.includes(op.coding) && !this.about(op.coding)) {
      this.state.joined.add(op.coding);
      this.state.gone(op.coding, false);
    }
    this.state.keep();
    this.hooks.answered(e, !this.state.item(op.coding));
  }

  private async refused(op: Op, why: Refusal): Promise<void> {
    this.state.steps = this.state.steps.filter((s) => s.change !== op.change);
    const s = await this.hand.look(op.coding);
    const x = this.state.item(op.coding);
    if (!this.about(op.coding)) {
      this.state.decided.delete(op.coding);
      if (!s) this.state.gone(op.coding, false);
      else if (x) {
        this.hand.put(s);
        x.code = s.code;
        const same = op.kind === "code" && s.code === op.code && s.code !== this.state.node; // as somebody else decided
        if (same || op.was === s.code || (op.kind === "undo" && s.code === op.was)) this.state.decided.set(s.coding, s.code);
      }
    }
    this.state.keep();
    if (op.kind === "code" && s?.code === op.code) this.hooks.same();
    else this.hooks.refused(op, why);
  }
}
