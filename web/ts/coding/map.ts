// The map at the document's edge: the whole document as tall as the window, in the colours of its codings, so that what is
// coded and what is not is seen at once. A press goes there. It says nothing that the keys do not (N, P, U), so that screen
// readers do not meet it.

import type { Book } from "./book";
import type { Coding, Span } from "./data";
import { h } from "./dom";
import type { Text } from "./text";

export interface MapShows {
  codings: readonly Coding[]; // none in the reading view
  found: readonly Span[];
  memos: readonly Span[];
}

export class DocumentMap {
  private canvas = h("canvas", {});
  private view = h("i", {});
  private probes: HTMLElement[];
  private el: HTMLElement;
  private tops: Float64Array; // of each turn, and where the last one ends, as shares of the whole
  private measured = "";
  private all = 0; // the height of the whole, and of the map
  private height = 0;
  private drawn = "";

  constructor(stage: HTMLElement, private sheet: HTMLElement, private scroller: HTMLElement, private text: Text, private book: Book) {
    this.probes = Array.from({ length: 12 }, (_, i) => h("b", { "data-hue": i + 1 }));
    this.probes.push(h("b", { class: "map-found" }), h("b", { class: "map-memo" }));
    this.el = h("div", { class: "surface-map", "aria-hidden": "true" }, this.canvas, this.view, ...this.probes);
    this.tops = new Float64Array(text.turns.length + 1);
    stage.append(this.el);
    this.el.addEventListener("pointerdown", (e) => this.press(e));
  }

  private press(e: PointerEvent): void {
    if (e.button !== 0) return;
    e.preventDefault();
    this.el.setPointerCapture(e.pointerId);
    const go = (p: PointerEvent) => {
      const box = this.el.getBoundingClientRect();
      const s = this.scroller;
      s.scrollTop = ((p.clientY - box.top) / box.height) * s.scrollHeight - s.clientHeight / 2;
    };
    go(e);
    this.el.onpointermove = go;
    this.el.onpointerup = this.el.onpointercancel = () => (this.el.onpointermove = null);
  }

  /** Where the window is on the map. Called while scrolling, so it only moves what has been drawn before. */
  moved(top: number): void {
    if (this.all) this.view.style.setProperty("transform", `translateY(${Math.round((this.height * top) / this.all)}px)`);
  }

  /** Shares of the whole height at which turns begin; a turn that the browser skips has a guessed height, as the scroll bar knows it. */
  private measure(): void {
    const all = this.scroller.scrollHeight;
    this.all = all;
    this.view.style.setProperty("block-size", `${Math.round((this.height * Math.min(all, this.scroller.clientHeight)) / Math.max(1, all))}px`);
    const key = `${all}/${this.sheet.clientWidth}`;
    if (key === this.measured) return;
    this.measured = key;
    const { turns } = this.text;
    turns.forEach((t, i) => (this.tops[i] = t.el.offsetTop / all));
    const last = turns[turns.length - 1];
    if (last) this.tops[turns.length] = (last.el.offsetTop + last.el.offsetHeight) / all;
  }

  private at(offset: number): number {
    const t = this.text.turnAt(offset);
    const s = this.text.spanOf(t);
    const part = s.stop > s.start ? (offset - s.start) / (s.stop - s.start) : 0;
    return this.tops[t] + (this.tops[t + 1] - this.tops[t]) * Math.min(1, part);
  }

  draw(shows: MapShows): void {
    const w = this.el.clientWidth;
    const height = this.el.clientHeight;
    if (!w || !height || this.text.turns.length === 0) return;
    this.height = height;
    this.measure();
    this.moved(this.scroller.scrollTop);
    const sharp = window.devicePixelRatio || 1;
    const colours = this.probes.map((p) => getComputedStyle(p).color);
    const key = [w, height, sharp, this.measured, colours.join(), shows.codings.map((c) => `${c.start}-${c.stop}-${this.book.colour(c.code)}`).join(), shows.found.length, shows.found[0]?.start, shows.memos.length].join("|");
    if (key === this.drawn) return;
    this.drawn = key;
    this.canvas.width = Math.round(w * sharp);
    this.canvas.height = Math.round(height * sharp);
    const c = this.canvas.getContext("2d");
    if (!c) return;
    c.scale(sharp, sharp);
    const bar = (s: Span, x: number, width: number, colour: string, least: number) => {
      const top = this.at(s.start) * height;
      c.fillStyle = colour;
      c.fillRect(x, top, width, Math.max(least, this.at(s.stop) * height - top));
    };
    // The shortest come last, so that they are seen, as on the words.
    for (const coding of [...shows.codings].sort((a, b) => b.stop - b.start - (a.stop - a.start))) bar(coding, 3, w - 6, colours[this.book.colour(coding.code) - 1] ?? colours[11], 1.5);
    for (const s of shows.memos) bar(s, w - 3, 2, colours[13], 2);
    for (const s of shows.found) bar(s, 0, w, colours[12], 2);
  }
}
