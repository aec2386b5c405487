// The split of what was held back: what it would do is shown, then it is made in one entry, and taken back as one.

import type { Entry } from "../coding/data";
import { h } from "../coding/dom";
import { say } from "../coding/words";
import { Away, Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import type { Part } from "./data";
import type { State } from "./state";
import type { Strip } from "./strip";
import type { SortWire } from "./wire";

interface Hooks {
  /** Waits for single decisions that are on their way, or are taken back. */
  settled(): Promise<void>;
  /** This entry is our own and need not be told by the stream. */
  own(change: string): void;
  took(e: Entry): void;
  /** Fetches order and codebook, and shows what holds. */
  renew(): Promise<boolean>;
  signIn(): void;
  focus(): void;
}

export class Split {
  readonly el = h("dialog", { class: "dialog sort-split", "aria-labelledby": "consequence-title" });
  // What is being sent. It stays the same, under the same change id, however often it has to be sent.
  private sent: { change: string; parts: Part[]; n: number; reason: string } | undefined;

  constructor(private wire: SortWire, private state: State, private strip: Strip, private hooks: Hooks) {
    this.el.addEventListener("submit", (e) => {
      e.preventDefault();
      e.stopPropagation();
      const reason = String(new FormData(e.target as HTMLFormElement).get("reason") ?? "");
      this.sent ??= { change: changeID(), parts: this.state.parts(), n: this.state.held.size, reason };
      void this.make();
    });
    this.el.addEventListener("click", (e) => {
      if (e.target !== this.el && !(e.target as Element).closest("[data-close]")) return;
      e.preventDefault();
      e.stopPropagation();
      this.close();
    });
  }

  private close(): void {
    this.el.close();
    this.hooks.focus();
  }

  async see(): Promise<void> {
    if (this.el.open) return;
    if (this.state.held.size === 0) return this.strip.say(say("sort.split.none"));
    try {
      await this.hooks.settled();
      this.el.innerHTML = await this.wire.seeSplit(this.state.parts());
      if (!this.el.open) this.el.showModal();
      this.el.querySelector<HTMLElement>("[autofocus]")?.focus();
    } catch (e) {
      this.failed(e, () => void this.see());
    }
  }

  private async make(): Promise<void> {
    const s = this.sent!;
    this.hooks.own(s.change);
    try {
      const e = await this.wire.split(s.change, s.parts, s.reason);
      this.sent = undefined;
      for (const id of e.codings?.gone ?? []) this.state.joined.add(id);
      const was = this.state.made(s.parts);
      this.hooks.took(e);
      this.strip.notice(say("sort.split.done", { n: s.n }), [[say("sort.split.back"), () => void this.undo(e.seq, was, changeID())]]);
      this.close();
      void this.hooks.renew();
    } catch (e) {
      if (e instanceof Refusal && e.kind !== "signin") this.sent = undefined;
      this.close();
      this.failed(e, () => void this.make());
    }
  }

  private async undo(seq: number, was: [number, number][], change: string): Promise<void> {
    this.hooks.own(change);
    try {
      const e = await this.wire.undo(change, seq);
      for (const [id] of was) this.state.joined.delete(id);
      this.hooks.took(e);
      if (!(await this.hooks.renew())) return;
      this.state.holdAgain(was);
      this.strip.say(say("sort.undone"));
      this.hooks.focus();
    } catch (e) {
      this.failed(e, () => void this.undo(seq, was, change));
    }
  }

  private failed(e: unknown, again: () => void): void {
    if (e instanceof Refusal && e.kind === "signin") return this.hooks.signIn();
    if (e instanceof Away) return this.strip.notice(say("surface.away"), [[say("sort.again"), again]]);
    if (!(e instanceof Refusal)) throw e;
    this.strip.notice(say("sort.refused", { why: e.message }));
    void this.hooks.renew();
  }
}
