// <segment-queue>: a code's segments one by one, each given to another code or kept by one key. What is decided is shown at
// once, saved behind, and taken back by the same undo as everywhere.
import type { Codebook, Coder, Entry, Node } from "../coding/data";
import { h } from "../coding/dom";
import { SignIn } from "../coding/signin";
import { Stream } from "../coding/wire";
import { say, useWords } from "../coding/words";
import { Away, Refusal } from "../lib/answer";
import { changeID } from "../lib/change";
import { Outbox } from "../lib/outbox";
import { pressed, released } from "../lib/press";
import { type Around, address, card, summary } from "../sort/card";
import type { Op, Segment, SortData } from "../sort/data";
import { type Item, State } from "../sort/state";
import { Split } from "../sort/split";
import { Strip } from "../sort/strip";
import { most, Targets } from "../sort/targets";
import { SortWire } from "../sort/wire";

const page = 50; // segments fetched at once
const ahead = 10; // with so few left in hand, the next are fetched

export class SegmentQueue extends HTMLElement {
  private data!: SortData;
  private wire!: SortWire;
  private state!: State;
  private outbox!: Outbox<Op, Entry>;
  private own = new Set<string>(); // changes of this window: the stream need not tell of them
  private stream!: Stream;
  private targets!: Targets;
  private strip!: Strip;
  private split!: Split;
  private signIn!: SignIn;
  private around!: Around;
  private card = h("section", { class: "sort-card", tabindex: "0", id: "sort-card" });
  private empty: HTMLElement | null = null;
  private help: HTMLDialogElement | null = null;
  private hand = new Map<number, Segment>();
  private asked = new Set<number>();
  private at = 0; // the coding that is shown; 0: the end
  private place = 0; // where it stands among what is shown
  private trail: number[] = [];
  private seq = 0;
  private answered = 0; // the newest answer to something of one's own
  private begun = false;
  private retired = false;
  private timer = 0;
  private addressing = 0;
  private moved = false;
  private due = { order: false, book: false };
  private failing = 1000;
  private drawn = "";

  connectedCallback(): void {
    const block = this.querySelector("#sort-data");
    if (this.begun || !block?.textContent) return;
    this.begun = true;
    const d = (this.data = JSON.parse(block.textContent) as SortData);
    useWords(d.strings, d.lang);
    this.seq = d.seq;
    this.retired = d.retired;
    this.wire = new SortWire(d.project, d.node);
    this.state = new State(d.project, d.node, d.me);
    this.around = { base: this.wire.base, node: d.node, me: d.me, zone: d.zone, group: d.group, colour: d.colour, pattern: d.pattern, nodes: new Map(), coders: new Map() };
    this.outbox = new Outbox<Op, Entry>(d.project, d.node, d.me, {
      send: (op) => this.wire.send(op),
      learn: (later, op, e) => later.of === op.change && ((later.seq = e.seq), true),
      lost: (op) => op.kind === "undo" && !op.seq, // what it takes back was refused
      answered: (op, e) => this.done(op, e),
      refused: (op, why) => void this.refused(op, why),
      signedOut: () => this.askSignIn(),
      moved: () => this.strip.saving(this.outbox.state, this.outbox.waiting.length),
    });
    this.targets = new Targets({ id: d.node, name: d.name, colour: d.colour, pattern: d.pattern, above: d.above }, d.may, this.state, {
      take: (code) => this.take(code),
      drop: (code) => this.retarget(this.state.targets.filter((t) => t !== code)),
      add: (code) => this.target(code, "sort.add.done"),
      make: (name) => this.make(name),
      leave: () => this.card.focus(),
    });
    const asked = new URLSearchParams(location.search);
    this.state.mine = asked.get("whose") === "mine";
    this.state.undecided = asked.get("undecided") === "on";
    this.at = Number(/^#c(\d+)$/.exec(location.hash)?.[1] ?? 0);
    this.empty = this.querySelector("#sort-empty");
    this.help = this.querySelector<HTMLDialogElement>("#sort-help");
    this.strip = new Strip(d.may.code, d.may.split, this.state, {
      whose: (mine) => this.filter(() => (this.state.mine = mine)),
      undecided: (on) => this.filter(() => (this.state.undecided = on)),
      hold: (on) => this.hold(on),
      split: () => void this.split.see(),
      step: (by) => this.step(by),
      undo: () => this.undo(),
      help: () => this.help?.showModal(),
      again: () => this.outbox.again(),
      signIn: () => this.askSignIn(),
    });
    this.split = new Split(this.wire, this.state, this.strip, {
      settled: () => this.outbox.idle(3000),
      own: (change) => this.own.add(change),
      took: (e) => this.took(e),
      renew: () => this.fetch(true, true),
      signIn: () => this.askSignIn(),
      focus: () => (this.draw(), this.card.focus({ preventScroll: true })),
    });
    this.signIn = new SignIn(this, d.email, d.me, () => this.wire.codebook(this.seq), () => {
      this.outbox.again();
      this.plan(true, true, 0);
      this.stream.start();
    });
    if (d.may.code) this.append(this.targets.el);
    else this.classList.add("reads");
    this.append(h("div", { class: "sort-stage" }, this.strip.tools, this.strip.notices, this.card), this.strip.el);
    this.append(this.split.el);
    this.card.append(h("p", { class: "sort-wait" }, say("sort.loading")));
    this.addEventListener("keydown", this.key);
    this.addEventListener("click", this.pressed);
    addEventListener("pageshow", this.shownAgain);
    addEventListener("hashchange", this.hash);
    addEventListener("pagehide", this.addressNow);
    this.stream = new Stream(this.wire.base, () => this.seq, (e) => this.entry(e), () => this.plan(true, true, 0), () => undefined);
    this.outbox.resume();
    void this.begin();
  }

  disconnectedCallback(): void {
    removeEventListener("pageshow", this.shownAgain);
    removeEventListener("hashchange", this.hash);
    removeEventListener("pagehide", this.addressNow);
    clearTimeout(this.timer);
    clearTimeout(this.addressing);
    this.outbox.end();
    this.stream.stop();
  }

  private async begin(): Promise<void> {
    if (!(await this.fetch(true, true))) return;
    this.stream.start();
    this.outbox.again();
    this.classList.add("ready");
    this.card.focus({ preventScroll: true });
  }

  // plan fetches the order or the codebook again, once for what comes together.
  private plan(order: boolean, book: boolean, wait = 300): void {
    this.due.order ||= order;
    this.due.book ||= book;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const due = this.due;
      this.due = { order: false, book: false };
      void this.fetch(due.order, due.book);
    }, wait);
  }

  private async fetch(order: boolean, book: boolean): Promise<boolean> {
    try {
      const [o, b] = await Promise.all([order ? this.wire.order(this.state.codes(), Math.max(this.seq, this.answered)) : null, book ? this.wire.codebook(this.seq) : null]);
      this.failing = 1000;
      if (b) this.book(b);
      if (o && o.seq < this.answered) this.plan(true, false, 0); // from before it, and would take back what it said
      else if (o) {
        this.seq = Math.max(this.seq, o.seq);
        this.state.take(o, (c) => this.about(c));
        for (const [id, s] of this.hand) {
          const x = this.state.item(id);
          if (x && (x.start !== s.start || x.stop !== s.stop)) this.hand.delete(id);
        }
      }
      this.settle();
      return true;
    } catch (e) {
      this.failed(e, () => this.plan(order, book, this.failing));
      return false;
    }
  }

  private failed(e: unknown, again: () => void): void {
    if (e instanceof Refusal && e.kind === "signin") return this.askSignIn();
    if (e instanceof Refusal) return this.strip.notice(e.message || say("sort.failed"));
    if (!(e instanceof Away)) throw e;
    this.strip.say(say("sort.away"));
    again();
    this.failing = Math.min(this.failing * 2, 30000);
    if (!this.classList.contains("ready")) void this.retry();
  }

  // retry begins when the server answers.
  private async retry(): Promise<void> {
    clearTimeout(this.timer);
    await new Promise((f) => setTimeout(f, this.failing));
    await this.begin();
  }

  private book(b: Codebook): void {
    this.around.nodes = new Map(b.nodes.map((n): [number, Node] => [n.id, n]));
    this.around.coders = new Map(b.coders.map((c): [number, Coder] => [c.id, c]));
    this.state.targets = this.state.targets.filter((t) => this.around.nodes.get(t)?.state === "live");
    this.retired = this.around.nodes.get(this.data.node)?.state === "retired";
    this.state.keep();
    this.drawn = "";
  }

  // settle shows what holds now: what has gone from under one is passed over.
  private settle(): void {
    const shown = this.state.shown();
    const i = shown.findIndex((x) => x.id === this.at);
    if (i >= 0) this.place = i;
    else if (this.at && this.state.items.some((x) => x.id === this.at && this.state.shows(x))) this.place = Math.min(this.place, Math.max(0, shown.length - 1)); // decided, and only undecided ones are walked over
    else if (this.at) this.at = shown[Math.min(this.place, shown.length - 1)]?.id ?? 0;
    else if (!this.classList.contains("ready")) this.at = shown.find((x) => this.state.open(x))?.id ?? 0;
    this.draw();
  }

  // draw brings everything up to date; the card only where it changed.
  private draw(): void {
    const shown = this.state.shown();
    const sums = this.state.sums();
    const nothing = sums.all === 0 && this.state.items.length === 0 && this.state.decided.size === 0;
    if (this.empty) this.empty.hidden = !nothing;
    this.classList.toggle("nothing", nothing);
    if (nothing) return;
    const i = shown.findIndex((x) => x.id === this.at);
    if (i >= 0) this.place = i;
    const last = this.state.steps[this.state.steps.length - 1];
    this.strip.draw({ at: i + 1, of: shown.length, end: !this.at, sums, went: this.state.went(), nodes: this.around.nodes, name: last && (this.around.nodes.get(last.code)?.name ?? this.data.name) });
    const decided = this.state.decided.get(this.at) ?? 0;
    this.targets.draw(this.around.nodes, decided);
    this.card.setAttribute("aria-label", this.at && i >= 0 ? say("sort.card", { n: i + 1, of: shown.length }) : say("sort.heading"));
    const s = this.hand.get(this.at);
    const picture = this.at ? `${this.at}/${s ? s.start + "-" + s.stop : ""}/${decided}/${this.state.held.has(this.at)}/${this.asked.has(this.at)}` : `end/${JSON.stringify([sums, this.state.held.size, [...this.state.went()], this.retired, this.state.empty()])}`;
    if (picture !== this.drawn && pressed(this.card)) void released().then(() => this.draw());
    else if (picture !== this.drawn) {
      this.drawn = picture;
      const focused = this.card.contains(document.activeElement);
      this.card.replaceChildren(...this.picture(s, decided));
      if (focused && !this.card.contains(document.activeElement)) this.card.focus({ preventScroll: true });
      this.card.scrollTop = 0;
    }
    this.address();
    void this.need(shown);
  }

  private picture(s: Segment | undefined, decided: number): HTMLElement[] {
    if (!this.at) {
      const sums = this.state.sums();
      const went = [...this.state.went()].sort((a, b) => Number(a[0] === this.data.node) - Number(b[0] === this.data.node) || b[1] - a[1]);
      const acts = { again: () => this.first(), everyone: () => this.filter(() => (this.state.mine = false)), retire: () => void this.retire(), split: () => void this.split.see() };
      return summary({ decided: this.state.decided.size, joined: this.state.joined.size, others: sums.others, went, empty: this.state.empty(), retired: this.retired, mayRetire: this.data.may.retire, name: this.data.name, held: this.state.held.size }, this.around, acts);
    }
    if (!s) return [h("p", { class: "sort-wait" }, say("sort.loading"))];
    const out = card(s, this.state.places.get(s.document), this.around);
    if (decided) {
      const keep = decided === this.data.node;
      out.unshift(h("p", { class: "sort-verdict", "data-hue": this.around.nodes.get(decided)?.colour ?? this.data.colour }, keep ? say("sort.decided.keep") : say(this.state.held.has(s.coding) ? "sort.held.to" : "sort.decided.to", { name: this.around.nodes.get(decided)?.name ?? "" })));
    }
    out.push(h("p", { class: "sort-acts" }, h("a", { class: "btn small", href: address(this.around, s) }, say("sort.open"), h("kbd", {}, "Enter"))));
    return out;
  }

  // need fetches the segments around the one shown, fifty at a time.
  private async need(shown: Item[]): Promise<void> {
    if (!this.at) return;
    const i = Math.max(0, shown.findIndex((x) => x.id === this.at));
    const lacks = (x: Item) => !this.hand.has(x.id) && !this.asked.has(x.id);
    const here = this.state.item(this.at);
    const near = shown.slice(Math.max(0, i - 2), i + ahead);
    if (!near.some(lacks) && !(here && lacks(here))) return;
    const ids = shown.slice(Math.max(0, i - 5)).filter(lacks).slice(0, page - 1).map((x) => x.id);
    if (here && lacks(here) && !ids.includes(here.id)) ids.unshift(here.id);
    ids.forEach((id) => this.asked.add(id));
    try {
      const got = await this.wire.segments(ids);
      this.failing = 1000;
      ids.forEach((id) => this.asked.delete(id));
      for (const s of got) {
        this.hand.set(s.coding, s);
        const x = this.state.item(s.coding);
        if (x && !this.about(s.coding)) Object.assign(x, { start: s.start, stop: s.stop });
      }
      const gone = ids.filter((id) => !got.some((s) => s.coding === id));
      for (const id of gone) this.state.gone(id, this.about(id));
      if (gone.includes(this.at)) this.strip.say(say("sort.gone"));
      this.settle();
    } catch (e) {
      this.failed(e, () => setTimeout(() => (ids.forEach((id) => this.asked.delete(id)), this.draw()), this.failing));
    }
  }

  // address keeps the place in the address; not more often than browsers allow when a key is held.
  private address(): void {
    if (!this.addressing) this.addressNow();
    else {
      this.moved = true;
      this.dataset["address"] = "behind";
    }
  }

  private addressNow = (): void => {
    clearTimeout(this.addressing);
    this.moved = false;
    delete this.dataset["address"];
    this.addressing = window.setTimeout(() => {
      this.addressing = 0;
      if (this.moved) this.addressNow();
    }, 160);
    const q = new URLSearchParams();
    if (this.state.mine) q.set("whose", "mine");
    if (this.state.undecided) q.set("undecided", "on");
    const to = location.pathname + (q.size ? `?${q}` : "") + (this.at ? `#c${this.at}` : "");
    if (to === location.pathname + location.search + location.hash) return;
    history.replaceState(history.state, "", to);
  };

  private hash = (): void => {
    const id = Number(/^#c(\d+)$/.exec(location.hash)?.[1] ?? 0);
    if (id && this.state.item(id)) this.go(id);
  };

  // The page came back from the browser's memory: what happened meanwhile is fetched.
  private shownAgain = (e: PageTransitionEvent): void => {
    if (!e.persisted) return;
    this.plan(true, true, 0);
    this.outbox.again();
    this.card.focus({ preventScroll: true });
  };

  private go(id: number): void {
    if (this.at && this.at !== id) this.trail.push(this.at);
    this.at = id;
    this.draw();
    if (this.getBoundingClientRect().top < 0) scrollTo({ top: 0 });
  }

  private step(by: number): void {
    const shown = this.state.shown();
    if (shown.length === 0) return;
    const i = shown.findIndex((x) => x.id === this.at);
    const to = this.at === 0 ? (by < 0 ? shown.length - 1 : -1) : i < 0 ? (by > 0 ? this.follow(shown) : this.follow(shown) - 1) : i + by;
    if (shown[to]) this.go(shown[to].id);
    else if (to >= shown.length && this.state.sums().left === 0) this.go(0);
  }

  // follow gives the place of the first one shown that stands after the one we are at.
  private follow(shown: Item[]): number {
    const order = new Map(this.state.items.map((x, i) => [x.id, i]));
    const here = order.get(this.at) ?? -1;
    const i = shown.findIndex((x) => (order.get(x.id) ?? 0) > here);
    return i < 0 ? shown.length : i;
  }

  private first(): void {
    if (this.state.undecided) this.state.undecided = false;
    const x = this.state.shown()[0];
    if (x) this.go(x.id);
    this.card.focus({ preventScroll: true });
  }

  // next goes to the nearest segment about which nothing is decided: after this one, else from the beginning, else to the end.
  private next(): void {
    const open = this.state.items.filter((x) => this.state.shows(x) && this.state.open(x));
    this.go((open[this.follow(open)] ?? open[0])?.id ?? 0);
  }

  private filter(set: () => void): void {
    set();
    this.trail = [];
    const shown = this.state.shown();
    if (!shown.some((x) => x.id === this.at)) this.at = (shown.find((x) => this.state.open(x)) ?? shown[0])?.id ?? 0;
    this.draw();
    this.card.focus({ preventScroll: true });
  }

  private take(code: number): void {
    const x = this.state.item(this.at);
    this.card.focus({ preventScroll: true });
    if (!this.data.may.code || !x || !this.state.shows(x)) return;
    const was = this.state.decided.get(x.id) ?? 0;
    const name = this.around.nodes.get(code)?.name ?? this.data.name;
    const keep = code === this.data.node;
    if (this.state.joined.has(x.id)) return this.strip.say(say("sort.gone"));
    if (was !== code) {
      // To keep what has not moved is a note of one's own, and so is what waits for the split; everything else is a change.
      const here = was === 0 || this.state.held.has(x.id) || (was === this.data.node && x.code === this.data.node && !this.about(x.id));
      const sent = !(here && (keep || this.state.hold));
      const change = sent ? changeID() : "";
      this.state.decide(x.id, code, change);
      if (sent) this.outbox.add({ kind: "code", change, coding: x.id, code, of: "", was });
    }
    this.strip.say(say(keep ? "sort.took.keep" : this.state.held.has(x.id) ? "sort.held.take" : "sort.took", { name }));
    this.next();
  }

  private undo(): void {
    if (!this.data.may.code) return;
    const s = this.state.steps.pop();
    if (!s) return this.strip.say(say("sort.undo.none"));
    this.state.restore(s);
    if (s.change) {
      this.outbox.add({ kind: "undo", change: changeID(), coding: s.coding, code: s.was || this.data.node, of: s.change, seq: s.seq, was: s.code });
    }
    this.strip.say(say("sort.undone"));
    this.trail = this.trail.filter((t) => t !== s.coding);
    this.at = s.coding;
    this.draw();
    this.card.focus({ preventScroll: true });
  }

  // back goes to where one was before, else to the segment before.
  private back(): void {
    for (let id = this.trail.pop(); id !== undefined; id = this.trail.pop()) {
      const x = this.state.item(id);
      if (!x || !this.state.shows(x)) continue;
      this.at = id;
      return this.draw();
    }
    this.step(-1);
  }

  private askSignIn(): void {
    this.signIn.show(this.outbox.waiting.length);
  }

  // about tells whether something about a coding is on its way.
  private about(coding: number): boolean {
    return this.outbox.waiting.some((o) => o.coding === coding);
  }

  private done(op: Op, e: Entry): void {
    this.own.add(op.change);
    this.answered = Math.max(this.answered, e.seq);
    const step = this.state.steps.find((s) => s.change === op.change);
    if (step) step.seq = e.seq;
    for (const r of [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])]) this.state.row(r, this.about(r[0]));
    if (e.codings?.gone?.includes(op.coding) && !this.about(op.coding)) {
      this.state.joined.add(op.coding);
      this.state.gone(op.coding, false);
    }
    if (!this.state.item(op.coding)) this.plan(true, false); // it came back from where this window never saw it
    this.stale(e);
    this.state.keep();
    this.draw();
  }

  // refused says why, looks what holds now, and offers what can be done instead.
  private async refused(op: Op, why: Refusal): Promise<void> {
    const step = this.state.steps.find((s) => s.change === op.change);
    this.state.steps = this.state.steps.filter((s) => s !== step);
    let s: Segment | undefined;
    try {
      [s] = await this.wire.segments([op.coding]);
    } catch {
      // What holds is told by the stream, then.
    }
    const x = this.state.item(op.coding);
    if (!this.about(op.coding)) {
      this.state.decided.delete(op.coding);
      if (!s) this.state.gone(op.coding, false);
      else if (x) {
        this.hand.set(s.coding, s);
        x.code = s.code;
        if (op.kind === "code" && s.code === op.code && s.code !== this.data.node) this.state.decided.set(s.coding, s.code); // somebody did the same
        else if (op.was === s.code || (op.kind === "undo" && s.code === op.was)) this.state.decided.set(s.coding, s.code);
      }
    }
    this.state.keep();
    if (op.kind === "code" && s?.code === op.code) return this.draw();
    const acts: [string, () => void][] = [];
    const into = why.into ? this.around.nodes.get(why.into) : undefined;
    if (into && x && this.state.shows(x)) {
      acts.push([
        say("sort.use", { name: into.name }),
        () => {
          this.retarget(this.state.targets.map((t) => (t === op.code ? into.id : t)));
          this.at = op.coding;
          this.take(into.id);
        },
      ]);
    }
    if (x && this.state.shows(x)) acts.push([say("sort.see"), () => (this.go(op.coding), this.card.focus())]);
    this.strip.notice(say("sort.refused", { why: why.message }), acts);
    this.plan(false, true);
    this.settle();
  }

  // entry is what somebody, or this person elsewhere, did.
  private entry(e: Entry): void {
    this.seq = Math.max(this.seq, e.seq);
    if (this.own.has(e.change) || this.outbox.waiting.some((o) => o.change === e.change)) return; // its own answer tells
    const here = this.at;
    const was = this.state.item(here);
    const shownBefore = !!was && this.state.shows(was);
    const rows = [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])];
    let fresh = false;
    for (const r of rows) {
      const x = this.state.item(r[0]);
      if (!x) fresh ||= r[1] === this.data.node;
      else this.state.row(r, this.about(r[0]));
    }
    for (const id of e.codings?.gone ?? []) this.state.gone(id, this.about(id));
    this.state.keep();
    const changed = this.stale(e);
    const touched = e.touched ?? [];
    const nodes = touched.includes("nodes");
    if (fresh || nodes || touched.includes("documents")) this.plan(true, nodes);
    if (touched.includes("coders")) this.plan(false, true);
    const is = this.state.item(here);
    if (shownBefore && is && !this.state.shows(is)) {
      const coder = this.around.coders.get(e.coder)?.initials;
      const to = this.around.nodes.get(is.code)?.name;
      this.strip.notice(coder && to && is.code !== this.data.node ? say("sort.elsewhere", { coder, name: to }) : say("sort.gone"));
    } else if (is && changed.has(here) && rows.some((r) => r[0] === here)) this.strip.say(say("sort.changed"));
    this.settle();
  }

  // stale forgets the segments whose words, memos or neighbours an entry touched.
  private stale(e: Entry): Set<number> {
    const out = new Set<number>();
    const rows = [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])];
    const gone = e.codings?.gone ?? [];
    const memos = new Set([...(e.memos?.new ?? []), ...(e.memos?.set ?? [])].map((m) => m[1]));
    const all = (e.memos?.gone?.length ?? 0) > 0; // whose they were is not told
    for (const [id, s] of this.hand) {
      const own = rows.find((r) => r[0] === id);
      if (own) s.code = own[1];
      const moved = own && (own[3] !== s.start || own[4] !== s.stop);
      const meets = rows.some((r) => r[0] !== id && r[3] < s.stop && s.start < r[4]) || s.others.some((o) => gone.includes(o.coding) || rows.some((r) => r[0] === o.coding));
      if (moved || meets || memos.has(id) || (all && s.memos.length > 0)) out.add(id);
    }
    for (const id of out) this.hand.delete(id);
    if (out.has(this.at)) this.drawn = "stale"; // the old picture stays until the new one is there
    return out;
  }

  private retarget(to: number[]): void {
    this.state.targets = [...new Set(to)];
    this.state.keep();
    this.draw();
  }

  private target(code: number, key: string): void {
    if (this.state.targets.length >= most || this.state.targets.includes(code)) return;
    this.retarget([...this.state.targets, code]);
    this.strip.say(say(key, { name: this.around.nodes.get(code)?.name ?? "", key: String(this.state.targets.length) }));
    this.card.focus({ preventScroll: true });
  }

  private hold(on: boolean): void {
    this.state.hold = on;
    this.state.keep();
    this.card.focus({ preventScroll: true });
  }

  // took brings rows of an entry of one's own into the state.
  private took(e: Entry): void {
    this.answered = Math.max(this.answered, e.seq);
    for (const r of [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])]) this.state.row(r, this.about(r[0]));
    for (const id of e.codings?.gone ?? []) this.state.gone(id, this.about(id));
    this.stale(e);
    this.state.keep();
    this.draw();
  }

  private making: { name: string; change: string } | undefined;

  // make makes a code beside the one that is split. The same name sent again after a lost answer is the same change.
  private async make(name: string): Promise<string> {
    if (this.making?.name !== name) this.making = { name, change: changeID() };
    const known = new Set(this.around.nodes.keys());
    try {
      const e = await this.wire.make(this.making.change, name, this.data.above);
      this.making = undefined;
      this.seq = Math.max(this.seq, e.seq);
      this.book(await this.wire.codebook(e.seq));
      const like = (n: Node) => n.parent === this.data.above && n.name.toLowerCase() === name.normalize("NFC").toLowerCase().replace(/\s+/g, " ");
      const fresh = [...this.around.nodes.values()].filter((n) => like(n) || (!known.has(n.id) && n.parent === this.data.above));
      const made = fresh.find(like) ?? fresh[0];
      if (made) this.target(made.id, "sort.add.created");
      return "";
    } catch (e) {
      if (e instanceof Refusal) {
        this.making = undefined;
        if (e.kind === "signin") this.askSignIn();
        return e.message || say("surface.failed");
      }
      if (e instanceof Away) return e.message && !/fetch/i.test(e.message) ? e.message : say("surface.away");
      throw e;
    }
  }

  private retiring = "";

  private async retire(): Promise<void> {
    this.retiring ||= changeID();
    try {
      const e = await this.wire.retire(this.retiring, this.data.node);
      this.retiring = "";
      this.seq = Math.max(this.seq, e.seq);
      this.retired = true;
      this.strip.say(say("sort.done.retired", { name: this.data.name }));
      this.draw();
      this.card.focus({ preventScroll: true });
    } catch (e) {
      if (e instanceof Refusal && e.kind === "signin") return this.askSignIn();
      if (e instanceof Refusal) this.retiring = "";
      if (!(e instanceof Refusal || e instanceof Away)) throw e;
      this.strip.notice(e instanceof Refusal ? say("sort.refused", { why: e.message }) : say("surface.away"), e instanceof Away ? [[say("sort.again"), () => void this.retire()]] : []);
    }
  }

  private async open(): Promise<void> {
    const x = this.state.item(this.at);
    if (!x) return;
    this.addressNow();
    await this.outbox.idle(1500);
    location.assign(address(this.around, { document: x.document, coding: x.id }));
  }

  // A press beside everything gives the focus back to the segment, where the keys act.
  private pressed = (e: MouseEvent): void => {
    const t = e.target as Element;
    if (t.closest("a, button, input, label, dialog, [role=option]") || getSelection()?.isCollapsed === false) return;
    this.card.focus({ preventScroll: true });
  };

  private key = (e: KeyboardEvent): void => {
    const t = e.target as Element;
    if (e.defaultPrevented || e.isComposing || e.altKey || t.closest("dialog, textarea, select, input:not([type=checkbox])")) return;
    const ctrl = e.ctrlKey || e.metaKey;
    if (ctrl && !(e.key.toLowerCase() === "z" && !e.shiftKey)) return;
    if ((e.key === "Enter" || e.key === " ") && t.closest("a, button, input")) return;
    if (!this.act(e, ctrl)) return;
    e.preventDefault();
    e.stopPropagation();
  };

  private act(e: KeyboardEvent, ctrl: boolean): boolean {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code)?.[1];
    if (ctrl) this.undo();
    else if (digit !== undefined && !e.shiftKey) this.digit(Number(digit));
    else if (e.key === " ") this.take(this.data.node);
    else if (e.key === "Backspace") this.back();
    else if (["j", "J", "ArrowDown", "ArrowRight"].includes(e.key)) return this.scrolls(e, 1) || (this.step(1), true);
    else if (["k", "K", "ArrowUp", "ArrowLeft"].includes(e.key)) return this.scrolls(e, -1) || (this.step(-1), true);
    else if (e.key === "Enter") void this.open();
    else if ((e.key === "a" || e.key === "A") && this.data.may.code) this.state.targets.length < most ? this.targets.focus() : this.strip.say(say("sort.add.full"));
    else if ((e.key === "s" || e.key === "S") && this.data.may.split) void this.split.see();
    else if (e.key === "?") this.help?.showModal();
    else return false;
    return true;
  }

  // scrolls lets Shift with an arrow move the page, for segments longer than the window.
  private scrolls(e: KeyboardEvent, by: number): boolean {
    if (!e.shiftKey || !e.key.startsWith("Arrow")) return false;
    scrollBy({ top: by * innerHeight * 0.5 });
    return true;
  }

  private digit(n: number): void {
    if (!this.data.may.code || !this.at) return;
    const code = n === 0 ? this.data.node : this.state.targets[n - 1];
    if (code) this.take(code);
    else this.strip.say(say("sort.nokey", { key: String(n) }));
  }
}

customElements.define("segment-queue", SegmentQueue);
