// What the server tells: the order of the segments and the codebook, fetched once for what comes together and again after a failure,
// and the stream of what others do.

import type { Codebook, Entry } from "../coding/data";
import { Stream } from "../coding/wire";
import { say } from "../coding/words";
import { Away, Refusal } from "../lib/answer";
import type { Order } from "./data";
import type { State } from "./state";
import type { Strip } from "./strip";
import type { SortWire } from "./wire";

const soon = 1000; // ms until a failure is tried again; twice as long each time,
const most = 30000; // up to this

interface Hooks {
  order(o: Order): void;
  book(b: Codebook): void;
  /** What came is to be shown. */
  settle(): void;
  /** All is there for the first time. */
  ready(): void;
  /** Somebody else, or this person elsewhere, did something. */
  entry(e: Entry): void;
  signIn(): void;
}

export class Feed {
  ready = false;
  private own = new Set<string>(); // changes of this window: the stream need not tell of them
  private answered = 0; // the newest answer to something of one's own
  private due = { order: false, book: false };
  private timer = 0;
  private wait = soon;
  private stream: Stream;

  constructor(private wire: SortWire, private state: State, private strip: Strip, private seq: number, private hooks: Hooks) {
    this.stream = new Stream(wire.base, () => this.seq, (e) => this.entry(e), () => this.plan(true, true, 0), () => undefined);
  }

  async begin(): Promise<void> {
    if (!(await this.fetch(true, true))) return;
    this.stream.start();
    this.ready = true;
    this.hooks.ready();
  }

  /** Fetches all that may have changed, and listens again where that was given up. */
  again(): void {
    this.plan(true, true, 0);
    this.stream.start();
  }

  end(): void {
    clearTimeout(this.timer);
    this.stream.stop();
  }

  /** Says which change is this window's own, before it is sent. */
  owns(change: string): void {
    this.own.add(change);
  }

  /** Takes note of an answer to a change of this window: an order from before it would take back what it said. */
  answer(e: Entry): void {
    this.own.add(e.change);
    this.answered = Math.max(this.answered, e.seq);
  }

  heard(seq: number): void {
    this.seq = Math.max(this.seq, seq);
  }

  /** The codebook, for whoever needs it at once. */
  codebook(): Promise<Codebook> {
    return this.wire.codebook(this.seq);
  }

  /** Fetches the order or the codebook again, once for what comes together. */
  plan(order: boolean, book: boolean, wait = 300): void {
    this.due.order ||= order;
    this.due.book ||= book;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const due = this.due;
      this.due = { order: false, book: false };
      void this.fetch(due.order, due.book);
    }, wait);
  }

  async fetch(order: boolean, book: boolean): Promise<boolean> {
    try {
      const [o, b] = await Promise.all([order ? this.wire.order(this.state.codes(), Math.max(this.seq, this.answered)) : null, book ? this.codebook() : null]);
      this.well();
      if (b) this.hooks.book(b);
      if (o && o.seq < this.answered) this.plan(true, false, 0);
      else if (o) {
        this.heard(o.seq);
        this.hooks.order(o);
      }
      this.hooks.settle();
      return true;
    } catch (e) {
      this.failed(e, (wait) => this.plan(order, book, wait));
      return false;
    }
  }

  /** The server answers: what fails next is tried again soon. */
  well(): void {
    this.wait = soon;
  }

  /** Says why something could not be fetched, and when it is to be tried again. */
  failed(e: unknown, again: (wait: number) => void): void {
    if (e instanceof Refusal && e.kind === "signin") return this.hooks.signIn();
    if (e instanceof Refusal) return this.strip.notice(e.message || say("sort.failed"));
    if (!(e instanceof Away)) throw e;
    this.strip.say(say("sort.away"));
    again(this.wait);
    this.wait = Math.min(this.wait * 2, most);
    if (!this.ready) void this.retry();
  }

  // retry begins when the server answers.
  private async retry(): Promise<void> {
    clearTimeout(this.timer);
    await new Promise((f) => setTimeout(f, this.wait));
    await this.begin();
  }

  private entry(e: Entry): void {
    this.heard(e.seq);
    if (!this.own.has(e.change)) this.hooks.entry(e); // else its own answer tells
  }
}
