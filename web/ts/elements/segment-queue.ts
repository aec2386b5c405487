// <segment-queue>: a code's segments one by one, each given to another code or kept by one key. What is decided is shown at
// once, saved behind, and taken back by the same undo as everywhere.
import type { Codebook, Coder, Entry, Node } from "../coding/data";
import { h } from "../coding/dom";
import { SignIn } from "../coding/signin";
import { say, useWords } from "../coding/words";
import type { Refusal } from "../lib/answer";
import { type Around, address } from "../sort/card";
import { Codes } from "../sort/codes";
import type { Op, SortData } from "../sort/data";
import { Decisions } from "../sort/decisions";
import { Feed } from "../sort/feed";
import { Hand } from "../sort/hand";
import { listen } from "../sort/keys";
import { State } from "../sort/state";
import { Split } from "../sort/split";
import { Stage } from "../sort/stage";
import { Strip } from "../sort/strip";
import { most, Targets } from "../sort/targets";
import { Walk } from "../sort/walk";
import { SortWire } from "../sort/wire";

export class SegmentQueue extends HTMLElement {
  private data!: SortData;
  private state!: State;
  private walk!: Walk;
  private feed!: Feed;
  private hand!: Hand;
  private decisions!: Decisions;
  private stage!: Stage;
  private targets!: Targets;
  private strip!: Strip;
  private split!: Split;
  private codes!: Codes;
  private signIn!: SignIn;
  private around!: Around;
  private empty: HTMLElement | null = null;
  private help: HTMLDialogElement | null = null;
  private off = new AbortController();
  private begun = false;
  private retired = false;

  connectedCallback(): void {
    const block = this.querySelector("#sort-data");
    if (this.begun || !block?.textContent) return;
    this.begun = true;
    const d = (this.data = JSON.parse(block.textContent) as SortData);
    useWords(d.strings, d.lang);
    this.retired = d.retired;
    const wire = new SortWire(d.project, d.node);
    this.state = new State(d.project, d.node, d.me);
    this.walk = new Walk(this.state, this);
    this.around = { base: wire.base, node: d.node, me: d.me, zone: d.zone, group: d.group, colour: d.colour, pattern: d.pattern, nodes: new Map(), coders: new Map() };
    this.targets = new Targets({ id: d.node, name: d.name, colour: d.colour, pattern: d.pattern, above: d.above }, d.may, this.state, {
      take: (code) => this.take(code),
      drop: (code) => this.retarget(this.state.targets.filter((t) => t !== code)),
      add: (code) => this.target(code, "sort.add.done"),
      make: (name) => this.codes.make(name),
      leave: () => this.stage.el.focus(),
    });
    this.stage = new Stage(d, this.state, this.around, {
      again: () => this.first(),
      everyone: () => this.filter(() => (this.state.mine = false)),
      retire: () => void this.codes.retire(),
      split: () => void this.split.see(),
    });
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
      again: () => this.decisions.outbox.again(),
      signIn: () => this.askSignIn(),
    });
    this.feed = new Feed(wire, this.state, this.strip, d.seq, {
      order: (o) => (this.state.take(o, (c) => this.decisions.about(c)), this.hand.check()),
      book: (b) => this.book(b),
      settle: () => this.settle(),
      ready: () => this.ready(),
      entry: (e) => this.entry(e),
      signIn: () => this.askSignIn(),
    });
    this.hand = new Hand(wire, this.state, {
      about: (coding) => this.decisions.about(coding),
      came: (gone) => this.came(gone),
      failed: (e, again) => this.feed.failed(e, (wait) => setTimeout(again, wait)),
      draw: () => this.draw(),
    });
    this.decisions = new Decisions(wire, this.state, this.hand, d, {
      answered: (e, lost) => this.took(e, lost),
      refused: (op, why) => this.refused(op, why),
      same: () => this.draw(),
      signedOut: () => this.askSignIn(),
      moved: () => this.strip.saving(this.decisions.outbox.state, this.decisions.outbox.waiting.length),
    });
    this.split = new Split(wire, this.state, this.strip, {
      settled: () => this.decisions.outbox.idle(3000),
      own: (change) => this.feed.owns(change),
      took: (e) => (this.decisions.rows(e), this.took(e, false)),
      renew: () => this.feed.fetch(true, true),
      signIn: () => this.askSignIn(),
      focus: () => (this.draw(), this.stage.focus()),
    });
    this.codes = new Codes(wire, this.strip, this.around, d.above, {
      heard: (e) => this.feed.heard(e.seq),
      book: (b) => this.book(b),
      made: (code) => this.target(code, "sort.add.created"),
      retired: () => this.wasRetired(),
      signIn: () => this.askSignIn(),
    });
    this.signIn = new SignIn(this, d.email, d.me, () => this.feed.codebook(), () => {
      this.decisions.outbox.again();
      this.feed.again();
    });
    if (d.may.code) this.append(this.targets.el);
    else this.classList.add("reads");
    this.append(h("div", { class: "sort-stage" }, this.strip.tools, this.strip.notices, this.stage.el), this.strip.el);
    this.append(this.split.el);
    listen(this, d.may, {
      undo: () => this.undo(),
      digit: (n) => this.digit(n),
      keep: () => this.take(d.node),
      back: () => (this.walk.back() ? this.draw() : this.step(-1)),
      step: (by) => this.step(by),
      open: () => void this.open(),
      add: () => (this.state.targets.length < most ? this.targets.focus() : this.strip.say(say("sort.add.full"))),
      split: () => void this.split.see(),
      help: () => this.help?.showModal(),
    });
    this.addEventListener("click", (e) => this.pressed(e));
    const { signal } = this.off;
    addEventListener("pageshow", (e) => e.persisted && this.shownAgain(), { signal });
    addEventListener("hashchange", () => this.hash(), { signal });
    addEventListener("pagehide", () => this.walk.addressNow(), { signal });
    this.decisions.outbox.resume();
    void this.feed.begin();
  }

  disconnectedCallback(): void {
    this.off.abort();
    this.walk.end();
    this.decisions.outbox.end();
    this.feed.end();
  }

  private ready(): void {
    this.decisions.outbox.again();
    this.classList.add("ready");
    this.stage.focus();
  }

  private book(b: Codebook): void {
    this.around.nodes = new Map(b.nodes.map((n): [number, Node] => [n.id, n]));
    this.around.coders = new Map(b.coders.map((c): [number, Coder] => [c.id, c]));
    this.state.targets = this.state.targets.filter((t) => this.around.nodes.get(t)?.state === "live");
    this.retired = this.around.nodes.get(this.data.node)?.state === "retired";
    this.state.keep();
    this.stage.renew();
  }

  private came(gone: number[]): void {
    this.feed.well();
    if (gone.includes(this.walk.at)) this.strip.say(say("sort.gone"));
    this.settle();
  }

  // settle shows what holds now: what has gone from under one is passed over.
  private settle(): void {
    this.walk.settle(!this.feed.ready);
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
    const at = this.walk.at;
    const i = this.walk.index(shown);
    const last = this.state.steps[this.state.steps.length - 1];
    this.strip.draw({ at: i + 1, of: shown.length, end: !at, sums, went: this.state.went(), nodes: this.around.nodes, name: last && (this.around.nodes.get(last.code)?.name ?? this.data.name) });
    this.targets.draw(this.around.nodes, this.state.decided.get(at) ?? 0);
    this.stage.el.setAttribute("aria-label", at && i >= 0 ? say("sort.card", { n: i + 1, of: shown.length }) : say("sort.heading"));
    this.stage.draw(at, this.hand.get(at), this.hand.waits(at), this.retired, () => this.draw());
    this.walk.address();
    void this.hand.need(at, shown);
  }

  private hash(): void {
    const id = this.walk.addressed();
    if (id && this.state.item(id)) this.go(id);
  }

  // The page came back from the browser's memory: what happened meanwhile is fetched.
  private shownAgain(): void {
    this.feed.plan(true, true, 0);
    this.decisions.outbox.again();
    this.stage.focus();
  }

  private go(id: number): void {
    this.walk.to(id);
    this.went();
  }

  private went(): void {
    this.draw();
    if (this.getBoundingClientRect().top < 0) scrollTo({ top: 0 });
  }

  private step(by: number): void {
    if (this.walk.step(by)) this.went();
  }

  private first(): void {
    if (this.state.undecided) this.state.undecided = false;
    const x = this.state.shown()[0];
    if (x) this.go(x.id);
    this.stage.focus();
  }

  private filter(set: () => void): void {
    set();
    this.walk.anew();
    this.draw();
    this.stage.focus();
  }

  private take(code: number): void {
    const x = this.state.item(this.walk.at);
    this.stage.focus();
    if (!this.data.may.code || !x || !this.state.shows(x)) return;
    if (this.state.joined.has(x.id)) return this.strip.say(say("sort.gone"));
    this.decisions.give(x, code);
    const name = this.around.nodes.get(code)?.name ?? this.data.name;
    this.strip.say(say(code === this.data.node ? "sort.took.keep" : this.state.held.has(x.id) ? "sort.held.take" : "sort.took", { name }));
    this.walk.next();
    this.went();
  }

  private undo(): void {
    if (!this.data.may.code) return;
    const s = this.decisions.undo();
    if (!s) return this.strip.say(say("sort.undo.none"));
    this.strip.say(say("sort.undone"));
    this.walk.undone(s.coding);
    this.draw();
    this.stage.focus();
  }

  private askSignIn(): void {
    this.signIn.show(this.decisions.outbox.waiting.length);
  }

  // took takes what an answer to something of one's own says; lost: it is about a segment that this window never saw.
  private took(e: Entry, lost: boolean): void {
    this.feed.answer(e);
    if (lost) this.feed.plan(true, false);
    this.stale(e);
    this.draw();
  }

  // refused says why, and offers what can be done instead.
  private refused(op: Op, why: Refusal): void {
    const x = this.state.item(op.coding);
    const acts: [string, () => void][] = [];
    const into = why.into ? this.around.nodes.get(why.into) : undefined;
    if (into && x && this.state.shows(x)) {
      acts.push([
        say("sort.use", { name: into.name }),
        () => {
          this.retarget(this.state.targets.map((t) => (t === op.code ? into.id : t)));
          this.walk.at = op.coding;
          this.take(into.id);
        },
      ]);
    }
    if (x && this.state.shows(x)) acts.push([say("sort.see"), () => (this.go(op.coding), this.stage.el.focus())]);
    this.strip.notice(say("sort.refused", { why: why.message }), acts);
    this.feed.plan(false, true);
    this.settle();
  }

  // entry is what somebody, or this person elsewhere, did.
  private entry(e: Entry): void {
    if (this.decisions.outbox.waiting.some((o) => o.change === e.change)) return; // its own answer tells
    const here = this.walk.at;
    const was = this.state.item(here);
    const shownBefore = !!was && this.state.shows(was);
    const fresh = this.decisions.rows(e);
    const changed = this.stale(e);
    const touched = e.touched ?? [];
    const nodes = touched.includes("nodes");
    if (fresh || nodes || touched.includes("documents")) this.feed.plan(true, nodes);
    if (touched.includes("coders")) this.feed.plan(false, true);
    const is = this.state.item(here);
    if (shownBefore && is && !this.state.shows(is)) {
      const coder = this.around.coders.get(e.coder)?.initials;
      const to = this.around.nodes.get(is.code)?.name;
      this.strip.notice(coder && to && is.code !== this.data.node ? say("sort.elsewhere", { coder, name: to }) : say("sort.gone"));
    } else if (is && changed.has(here) && [...(e.codings?.new ?? []), ...(e.codings?.set ?? [])].some((r) => r[0] === here)) this.strip.say(say("sort.changed"));
    this.settle();
  }

  // stale forgets the segments that an entry touched. The old picture stays until the new one is there.
  private stale(e: Entry): Set<number> {
    const out = this.hand.stale(e);
    if (out.has(this.walk.at)) this.stage.renew();
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
    this.stage.focus();
  }

  private hold(on: boolean): void {
    this.state.hold = on;
    this.state.keep();
    this.stage.focus();
  }

  private wasRetired(): void {
    this.retired = true;
    this.strip.say(say("sort.done.retired", { name: this.data.name }));
    this.draw();
    this.stage.focus();
  }

  private async open(): Promise<void> {
    const x = this.state.item(this.walk.at);
    if (!x) return;
    this.walk.addressNow();
    await this.decisions.outbox.idle(1500);
    location.assign(address(this.around, { document: x.document, coding: x.id }));
  }

  // A press beside everything gives the focus back to the segment, where the keys act.
  private pressed(e: MouseEvent): void {
    const t = e.target as Element;
    if (t.closest("a, button, input, label, dialog, [role=option]") || getSelection()?.isCollapsed === false) return;
    this.stage.focus();
  }

  private digit(n: number): void {
    if (!this.data.may.code || !this.walk.at) return;
    const code = n === 0 ? this.data.node : this.state.targets[n - 1];
    if (code) this.take(code);
    else this.strip.say(say("sort.nokey", { key: String(n) }));
  }
}

customElements.define("segment-queue", SegmentQueue);
