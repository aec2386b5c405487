// What a person did, on its way to the server: one operation after the other, in order, again after a failure under the same
// change id, and kept in this browser until it was answered. Kept are numbers, offsets and checks of words, never the words;
// whoever signs out leaves nothing behind.
//
// An operation stands in localStorage by itself, as {kept, op} under "anyam:out:PROJECT:THING:CODER:CHANGE"; the thing is the
// document or the code that the page is about, and one counter numbers both. Until then the queue of a code had a room of its
// own, "anyam:sort:PROJECT:CODER:CODE:CHANGE" with {at, op}, which is still read, and moved when it is.

import { Away, Refusal } from "./answer";

export type Saving = "saved" | "saving" | "offline" | "signin";

/** What is known about operations where they are made, and what is to be heard there. */
export interface Post<Op, Answer> {
  /** Sends one. Throws Refusal or Away. */
  send(op: Op): Promise<Answer>;
  /** What of an operation may be kept in the browser; all of it where this is missing. */
  keeps?(op: Op): Op;
  /** Puts numbers that an answer brought into an operation that comes later; true where it did. */
  learn(later: Op, op: Op, answer: Answer): boolean;
  /** Whether an operation whose turn has come speaks of something that never got its number. It is given up. */
  lost(op: Op): boolean;
  answered(op: Op, answer: Answer): void;
  refused(op: Op, why: Refusal): void;
  /** A sign-in is needed; first: and was not before. Everything stays. */
  signedOut(first: boolean): void;
  /** The state, or what waits, is another. */
  moved(): void;
}

const soon = 1000; // ms until a failure is tried again; twice as long each time,
const most = 30000; // up to this

export class Outbox<Op extends { change: string }, Answer extends { change: string }> {
  state: Saving = "saved";
  /** What waits, in order; the same array for ever. */
  readonly waiting: Op[] = [];
  private made = new Map<string, number>(); // change -> when, for the order of what is kept
  private newest = 0;
  private busy = false;
  private timer = 0;
  private wait = soon;
  private idlers: (() => void)[] = [];
  private off = new AbortController();
  private rooms: string[];

  constructor(project: number, thing: number, me: number, private post: Post<Op, Answer>) {
    this.rooms = [`anyam:out:${project}:${thing}:${me}:`, `anyam:sort:${project}:${me}:${thing}:`];
    addEventListener("online", () => this.again(), { signal: this.off.signal });
    document.addEventListener("visibilitychange", () => !document.hidden && this.again(), { signal: this.off.signal });
  }

  /** Takes what an earlier page, or another one now, keeps in this browser, and gives it. Nothing is sent before again or add. */
  resume(): Op[] {
    const found = names().flatMap((name): Op[] => {
      const room = this.rooms.find((r) => name.startsWith(r));
      const change = room && name.slice(room.length);
      if (!change || this.waiting.some((o) => o.change === change)) return [];
      try {
        const row = JSON.parse(localStorage.getItem(name)!) as { kept?: number; at?: number; op?: Op };
        if (row.op?.change !== change) return [];
        this.made.set(change, row.kept ?? row.at ?? 0);
        if (room !== this.rooms[0] && this.keep(row.op)) localStorage.removeItem(name);
        return [row.op];
      } catch {
        return []; // not ours, or half written
      }
    });
    const when = (o: Op) => this.made.get(o.change)!;
    this.waiting.push(...found);
    this.waiting.sort((a, b) => when(a) - when(b));
    this.newest = Math.max(this.newest, ...found.map(when));
    if (found.length) this.post.moved();
    return found.sort((a, b) => when(a) - when(b));
  }

  add(op: Op): void {
    this.newest = Math.max(this.newest + 1, Date.now());
    this.made.set(op.change, this.newest);
    this.waiting.push(op);
    this.keep(op);
    void this.run();
    this.post.moved();
  }

  /** Tries at once, whatever it was waiting for. */
  again(): void {
    clearTimeout(this.timer);
    this.wait = soon;
    void this.run();
  }

  /** Takes an answer that came another way, before its own: the stream told of it. False where it is about nothing here. */
  echo(answer: Answer): boolean {
    const op = this.waiting.find((o) => o.change === answer.change);
    if (!op) return false;
    this.settle(op, answer);
    if (!this.busy) this.again(); // whoever hears the stream is signed in and connected
    return true;
  }

  /** Resolves when nothing is on its way, or after some milliseconds. */
  idle(most: number): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve();
    return new Promise((done) => {
      this.idlers.push(done);
      setTimeout(done, most);
    });
  }

  /** The page is left. What waits is taken up by the next one. */
  end(): void {
    this.off.abort();
    clearTimeout(this.timer);
  }

  private set(s: Saving): void {
    this.state = s;
    this.post.moved();
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let op = this.waiting[0]; op; op = this.waiting[0]) {
        if (this.post.lost(op)) {
          this.drop(op);
          continue;
        }
        if (this.state === "saved") this.set("saving");
        let answer: Answer;
        try {
          answer = await this.post.send(op);
          if (this.off.signal.aborted) return; // the next page has taken it up, and may wait for what it says
        } catch (e) {
          if (this.off.signal.aborted) return;
          if (!this.waiting.includes(op)) continue; // the stream was quicker than the failure
          if (e instanceof Refusal && e.kind !== "signin") {
            this.drop(op);
            this.post.refused(op, e);
            continue;
          }
          if (e instanceof Refusal) {
            const first = this.state !== "signin";
            this.set("signin");
            return this.post.signedOut(first);
          }
          if (!(e instanceof Away)) throw e;
          this.set("offline");
          clearTimeout(this.timer);
          this.timer = window.setTimeout(() => void this.run(), this.wait);
          this.wait = Math.min(this.wait * 2, most);
          return;
        }
        this.wait = soon;
        this.state = "saving";
        if (this.waiting.includes(op)) this.settle(op, answer);
      }
      this.set("saved");
      for (const f of this.idlers.splice(0)) f();
    } finally {
      this.busy = false;
    }
  }

  // settle tells what comes later before it forgets: whoever is stopped in between sends the same once more.
  private settle(op: Op, answer: Answer): void {
    for (const o of this.waiting) if (o !== op && this.post.learn(o, op, answer)) this.keep(o);
    this.drop(op);
    this.post.answered(op, answer);
  }

  private drop(op: Op): void {
    this.waiting.splice(this.waiting.indexOf(op), 1);
    this.made.delete(op.change);
    try {
      localStorage.removeItem(this.rooms[0] + op.change);
    } catch {
      // Nothing was kept, then.
    }
    this.post.moved();
  }

  private keep(op: Op): boolean {
    try {
      localStorage.setItem(this.rooms[0] + op.change, JSON.stringify({ kept: this.made.get(op.change), op: this.post.keeps?.(op) ?? op }));
      return true;
    } catch {
      return false; // no room or no permission: it is in memory and is sent from there
    }
  }
}

/** How many operations wait in this browser, of every page and person. */
export function unsent(): number {
  return names().length;
}

/** Throws them away. */
export function discard(): void {
  for (const name of names()) localStorage.removeItem(name);
}

function names(): string[] {
  try {
    return Object.keys(localStorage).filter((name) => /^anyam:(?:out:|sort:\d+:\d+:\d+:.)/.test(name));
  } catch {
    return [];
  }
}
