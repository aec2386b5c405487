// Where one is among the segments, the ways from there, and the place in the address of the page.

import type { Item, State } from "./state";

const apart = 160; // ms between two addresses: browsers stop a page that changes it more often, as when a key is held

export class Walk {
  /** The coding that is shown; 0: the end. */
  at: number;
  private place = 0; // where it stands among what is shown
  private trail: number[] = [];
  private timer = 0;
  private behind = false; // the address is

  constructor(private state: State, private el: HTMLElement) {
    const asked = new URLSearchParams(location.search);
    state.mine = asked.get("whose") === "mine";
    state.undecided = asked.get("undecided") === "on";
    this.at = this.addressed();
  }

  /** The place of the segment among what is shown; -1 where it isn't. */
  index(shown: Item[]): number {
    const i = shown.findIndex((x) => x.id === this.at);
    if (i >= 0) this.place = i;
    return i;
  }

  /** Goes on from what has gone from under one. The first time one comes to the first segment about which nothing is decided. */
  settle(first: boolean): void {
    const shown = this.state.shown();
    const last = Math.min(this.place, shown.length - 1);
    if (this.index(shown) >= 0) return;
    if (this.at && this.state.items.some((x) => x.id === this.at && this.state.shows(x))) this.place = Math.max(0, last); // decided, and only undecided ones are walked over
    else if (this.at) this.at = shown[last]?.id ?? 0;
    else if (first) this.at = shown.find((x) => this.state.open(x))?.id ?? 0;
  }

  to(id: number): void {
    if (this.at && this.at !== id) this.trail.push(this.at);
    this.at = id;
  }

  /** Goes forward or back; false where there is no way. */
  step(by: number): boolean {
    const shown = this.state.shown();
    if (shown.length === 0) return false;
    const i = shown.findIndex((x) => x.id === this.at);
    const to = this.at === 0 ? (by < 0 ? shown.length - 1 : -1) : i < 0 ? (by > 0 ? this.follow(shown) : this.follow(shown) - 1) : i + by;
    if (shown[to]) this.to(shown[to].id);
    else if (to >= shown.length && this.state.sums().left === 0) this.to(0);
    else return false;
    return true;
  }

  /** Goes to the nearest segment about which nothing is decided: after this one, else from the beginning, else to the end. */
  next(): void {
    const open = this.state.items.filter((x) => this.state.shows(x) && this.state.open(x));
    this.to((open[this.follow(open)] ?? open[0])?.id ?? 0);
  }

  /** Goes back to where one was before; false where that is nowhere. */
  back(): boolean {
    for (let id = this.trail.pop(); id !== undefined; id = this.trail.pop()) {
      const x = this.state.item(id);
      if (!x || !this.state.shows(x)) continue;
      this.at = id;
      return true;
    }
    return false;
  }

  /** Goes to a segment whose decision was taken back, as if one had never left it. */
  undone(id: number): void {
    this.trail = this.trail.filter((t) => t !== id);
    this.at = id;
  }

  /** Begins anew among what is shown by another filter. */
  anew(): void {
    this.trail = [];
    const shown = this.state.shown();
    if (!shown.some((x) => x.id === this.at)) this.at = (shown.find((x) => this.state.open(x)) ?? shown[0])?.id ?? 0;
  }

  // follow gives the place of the first one shown that stands after the one we are at.
  private follow(shown: Item[]): number {
    const order = new Map(this.state.items.map((x, i) => [x.id, i]));
    const here = order.get(this.at) ?? -1;
    const i = shown.findIndex((x) => (order.get(x.id) ?? 0) > here);
    return i < 0 ? shown.length : i;
  }

  /** The segment that the address names, 0 for none. */
  addressed(): number {
    return Number(/^#c(\d+)$/.exec(location.hash)?.[1] ?? 0);
  }

  /** Puts the place into the address, at once or soon. */
  address(): void {
    if (!this.timer) return this.addressNow();
    this.behind = true;
    this.el.dataset["address"] = "behind";
  }

  addressNow(): void {
    this.end();
    this.behind = false;
    delete this.el.dataset["address"];
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (this.behind) this.addressNow();
    }, apart);
    const q = new URLSearchParams();
    if (this.state.mine) q.set("whose", "mine");
    if (this.state.undecided) q.set("undecided", "on");
    const to = location.pathname + (q.size ? `?${q}` : "") + (this.at ? `#c${this.at}` : "");
    if (to !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", to);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
