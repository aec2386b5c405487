// The margin: a stripe for every coding near the window, in lanes, and its name beside it. One layer for the whole sheet.
// Everything is measured first and written afterwards. Screen readers get a list after each turn's words instead.

import type { Book } from "./book";
import type { Coding } from "./data";
import { dot, h, px } from "./dom";
import { pack, type Stripe } from "./intervals";
import type { Places } from "./places";
import type { Text } from "./text";
import { say } from "./words";

const laneWidth = 9;
const lanesAtMost = 8;
const nameHeight = 24;

interface Placed extends Stripe {
  coding: Coding;
  openTop: boolean;
  openBottom: boolean;
}

interface Name {
  key: string;
  top: number;
  left: number;
  coding?: Coding;
  more?: Coding[];
}

export interface MarginEvents {
  choose(coding: number): void;
  list(codings: Coding[]): void;
}

export class Margin {
  private layer = h("div", { class: "surface-margin", "aria-hidden": "true" });
  private stripes = new Map<number, HTMLElement>();
  private names = new Map<string, HTMLElement>();
  private lane = new Map<number, number>();
  private lists = new Map<number, string>(); // turn -> what its list says
  private looks = new WeakMap<HTMLElement, string>();
  private wide: number | undefined;
  named = true;
  before = false; // stands before the words: its lanes then begin at its end

  constructor(sheet: HTMLElement, private text: Text, private places: Places, private book: Book, private events: MarginEvents) {
    sheet.append(this.layer);
    this.layer.addEventListener("click", (e) => {
      const t = (e.target as Element).closest<HTMLElement>("[data-coding]");
      if (t) this.events.choose(Number(t.dataset.coding));
    });
  }

  /** The layer's width in pixels, until forget is called. */
  private width(): number {
    return (this.wide ??= this.layer.clientWidth);
  }

  /** Widths or sides have changed: everything is put anew. */
  forget(): void {
    this.wide = undefined;
    this.layer.replaceChildren();
    this.stripes.clear();
    this.names.clear();
  }

  draw(codings: Coding[], first: number, last: number, focus: number | undefined, hide: boolean): void {
    if (hide || last < first) {
      this.layer.replaceChildren();
      this.stripes.clear();
      this.names.clear();
      return;
    }
    // Read.
    const width = this.width();
    const a = this.text.spanOf(first).start;
    const b = this.text.spanOf(last).stop;
    const edgeTop = this.places.turn(first).top;
    const edgeBottom = this.places.turn(last).bottom;
    const placed: Placed[] = codings.map((coding) => {
      const openTop = coding.start < a;
      const openBottom = coding.stop > b;
      return {
        id: coding.id,
        coding,
        top: openTop ? edgeTop : this.places.at(coding.start).top + 2,
        bottom: openBottom ? edgeBottom : this.places.at(coding.stop - 1).bottom - 1,
        openTop,
        openBottom,
      };
    });
    const had = new Map([...this.lane].filter(([id]) => placed.some((p) => p.id === id)));
    const { lane, clusters } = pack(placed, had, lanesAtMost);
    this.lane = lane;
    const names = this.place(clusters, lane, width);

    // Write.
    const edge = this.before ? "inset-inline-end" : "inset-inline-start";
    const seen = new Set<number>();
    for (const p of placed) {
      seen.add(p.id);
      let el = this.stripes.get(p.id);
      if (!el) {
        el = h("i", { class: "stripe" });
        this.stripes.set(p.id, el);
        this.layer.append(el);
      }
      const l = lane.get(p.id) ?? lanesAtMost;
      const look = `${this.book.colour(p.coding.code)}/${this.book.pattern(p.coding.code)}/${l}/${p.id === focus}/${p.coding.pending ?? ""}/${p.openTop}/${p.openBottom}/${this.book.name(p.coding.code)}`;
      if (this.looks.get(el) !== look) {
        this.looks.set(el, look);
        el.dataset.coding = String(p.id);
        el.dataset.hue = String(this.book.colour(p.coding.code));
        el.dataset.pattern = String(this.book.pattern(p.coding.code));
        el.classList.toggle("over", l >= lanesAtMost);
        el.classList.toggle("on", p.id === focus);
        el.classList.toggle("waits", !!p.coding.pending);
        el.classList.toggle("open-top", p.openTop);
        el.classList.toggle("open-bottom", p.openBottom);
        el.title = this.book.name(p.coding.code);
      }
      px(el, { "inset-block-start": p.top, "block-size": Math.max(8, p.bottom - p.top), [edge]: l * laneWidth });
    }
    for (const [id, el] of this.stripes) {
      if (seen.has(id)) continue;
      el.remove();
      this.stripes.delete(id);
    }
    const shown = new Set<string>();
    if (this.named) {
      for (const n of names) {
        shown.add(n.key);
        const old = this.names.get(n.key);
        const el = n.coding ? this.nameOf(n.coding, old, n.coding.id === focus) : this.moreOf(n, old);
        this.names.set(n.key, el);
        if (!el.isConnected) this.layer.append(el);
        px(el, { "inset-block-start": n.top, [edge]: n.left, "max-inline-size": Math.max(40, width - n.left) });
      }
    }
    for (const [key, el] of this.names) {
      if (shown.has(key)) continue;
      el.remove();
      this.names.delete(key);
    }
  }

  /** Names from top to bottom beside their cluster, a target's height apart; what finds no room is in a "+n". */
  private place(clusters: Placed[][], lane: Map<number, number>, width: number): Name[] {
    const out: Name[] = [];
    let floor = -Infinity;
    clusters.forEach((cluster, i) => {
      const deepest = Math.max(...cluster.map((s) => lane.get(s.id) ?? 0));
      const left = Math.min((Math.min(deepest, lanesAtMost) + 1) * laneWidth + 4, width * 0.6);
      const bottom = Math.max(...cluster.map((s) => s.bottom));
      const next = clusters[i + 1]?.[0].top ?? Infinity;
      // A name may stand a little below its cluster, but not push away the next cluster's first name by more than one.
      const limit = Math.max(bottom, next - 2, floor + nameHeight);
      const byTop = cluster.filter((s) => !s.openTop).sort((x, y) => x.top - y.top || (lane.get(x.id) ?? 0) - (lane.get(y.id) ?? 0));
      const mine: Name[] = [];
      let at = floor;
      byTop.forEach((s) => {
        const top = Math.max(s.top + 1, at);
        mine.push({ key: "n" + s.id, top, left, coding: s.coding });
        at = top + nameHeight;
      });
      if (mine.length > 1 && at > limit + 2) {
        // As many as fit, closed up from the top, and the rest behind "+n".
        const start = Math.max(byTop[0].top + 1, floor);
        const room = Math.max(2, Math.floor((limit + 2 - start) / nameHeight));
        if (mine.length > room) {
          const cut = mine.splice(room - 1);
          const rest = cut.map((n) => n.coding!);
          const top = Math.max(mine[mine.length - 1].top + nameHeight, Math.min(cut[0].top, start + (room - 1) * nameHeight));
          mine.push({ key: "m" + rest[0].id, top, left, more: rest });
        }
        for (let k = mine.length - 1, low = limit + 2; k >= 0; k--) {
          low -= nameHeight;
          if (mine[k].top <= low) break;
          mine[k].top = Math.max(low, start + k * nameHeight);
          low = mine[k].top;
        }
      }
      out.push(...mine);
      if (mine.length) floor = mine[mine.length - 1].top + nameHeight;
    });
    return out;
  }

  private nameOf(c: Coding, old: HTMLElement | undefined, on: boolean): HTMLElement {
    const name = this.book.name(c.code);
    const key = `${name}|${this.book.colour(c.code)}|${this.book.pattern(c.code)}`;
    let el = old;
    if (!el || el.dataset.key !== key) {
      const fresh = h(
        "button",
        { type: "button", class: "stripe-name", tabindex: "-1", "data-key": key, title: `${name} · ${this.book.coder(c.coder)}` },
        dot(this.book.colour(c.code), this.book.pattern(c.code)),
        h("bdi", {}, name),
      );
      el?.replaceWith(fresh);
      el = fresh;
    }
    el.dataset.coding = String(c.id);
    el.classList.toggle("on", on);
    el.classList.toggle("waits", !!c.pending);
    return el;
  }

  private moreOf(n: Name, old: HTMLElement | undefined): HTMLElement {
    const key = n.more!.map((c) => c.id).join();
    if (old?.dataset.key === key) return old;
    const el = h("button", { type: "button", class: "stripe-name more", tabindex: "-1", "data-key": key, title: n.more!.map((c) => this.book.name(c.code)).join("\n"), onclick: () => this.events.list(n.more!) }, say("surface.more", { count: n.more!.length }));
    old?.replaceWith(el);
    return el;
  }

  /** After each turn near the window, the list of its codings for screen readers; written only where it says something new. */
  speak(codings: Coding[], first: number, last: number): void {
    const by = new Map<number, Coding[]>();
    for (const c of codings) {
      const from = Math.max(first, this.text.turnAt(c.start));
      const to = Math.min(last, this.text.turnAt(c.stop - 1));
      for (let t = from; t <= to; t++) by.set(t, [...(by.get(t) ?? []), c]);
    }
    for (let t = first; t <= last; t++) {
      const here = by.get(t) ?? [];
      const key = here.map((c) => `${c.id}/${c.start}/${c.stop}/${this.book.name(c.code)}`).join();
      if ((this.lists.get(t) ?? "") === key) continue;
      this.lists.set(t, key);
      const turn = this.text.turns[t];
      const id = `codings-t${turn.number}`;
      const old = turn.el.querySelector<HTMLElement>(":scope > .turn-codings");
      if (here.length === 0) {
        old?.remove();
        continue;
      }
      const list = h("ul", { class: "turn-codings surface-away", id, "aria-label": say("surface.inturn") });
      for (const c of here) {
        const words = this.text.quote({ start: c.start, stop: Math.min(c.stop, c.start + 60) });
        const label = say("surface.coding.named", { code: this.book.name(c.code), coder: this.book.coder(c.coder), words });
        list.append(h("li", {}, h("button", { type: "button", tabindex: "-1", onclick: () => this.events.choose(c.id) }, label)));
      }
      old?.remove();
      turn.el.append(list);
      for (let p = turn.first; p <= turn.last; p++) this.text.parts[p].el.setAttribute("aria-details", id);
    }
  }
}
