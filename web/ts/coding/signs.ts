// A sign beside each turn that has memos on its words, for eyes and for screen readers.

import type { Span } from "./data";
import { h } from "./dom";
import type { Text } from "./text";
import { say } from "./words";

export class Signs {
  private there = new Map<number, { n: number; el: HTMLElement }>();

  constructor(private text: Text, private open: (turn: number) => void) {}

  /** The words that bear memos, each as often as it has some. */
  draw(spans: Span[]): void {
    const counts = new Map<number, number>();
    for (const s of spans) {
      const last = this.text.turnAt(Math.max(s.start, s.stop - 1));
      for (let t = this.text.turnAt(s.start); t <= last; t++) counts.set(t, (counts.get(t) ?? 0) + 1);
    }
    for (const [t, had] of this.there) {
      if (counts.get(t) === had.n) continue;
      had.el.remove();
      this.there.delete(t);
    }
    for (const [t, n] of counts) {
      if (this.there.has(t)) continue;
      const turn = this.text.turns[t];
      const name = say("surface.memo.inturn", { n, turn: turn.number });
      const el = h("button", { type: "button", class: "memo-sign", tabindex: "-1", "aria-label": name, title: name }, icon());
      // The words beside it are not meant.
      el.addEventListener("pointerdown", (e) => e.stopPropagation());
      el.addEventListener("click", (e) => {
        e.stopPropagation();
        this.open(t);
      });
      const who = turn.el.querySelector(".who");
      who?.insertBefore(el, who.querySelector("small"));
      this.there.set(t, { n, el });
    }
  }
}

function icon(): globalThis.Node {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [k, v] of [["viewBox", "0 0 16 16"], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "1.5"], ["stroke-linejoin", "round"], ["aria-hidden", "true"]]) svg.setAttribute(k, v);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M3 2.5h10v7.5L9.5 13.5H3zM13 10H9.5v3.5M5.5 5.5h5M5.5 8h3");
  svg.append(path);
  return svg;
}
