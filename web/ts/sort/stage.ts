// What stands in the middle: the segment that is shown with what was decided about it, or the end. It is drawn only where it changed.

import { h } from "../coding/dom";
import { say } from "../coding/words";
import { pressed, released } from "../lib/press";
import { type Around, address, card, summary } from "./card";
import type { Segment, SortData } from "./data";
import type { State } from "./state";

export interface StageEvents {
  again(): void;
  everyone(): void;
  retire(): void;
  split(): void;
}

export class Stage {
  readonly el = h("section", { class: "sort-card", tabindex: "0", id: "sort-card" }, h("p", { class: "sort-wait" }, say("sort.loading")));
  private drawn = "";

  constructor(private data: SortData, private state: State, private around: Around, private events: StageEvents) {}

  focus(): void {
    this.el.focus({ preventScroll: true });
  }

  /** Has the next picture drawn in any case; the old one stays until then. */
  renew(): void {
    this.drawn = "";
  }

  /** Draws the segment of a coding, 0 for the end; s is missing until it was fetched. What is pressed stays until it is let go, then again is called. */
  draw(at: number, s: Segment | undefined, waits: boolean, retired: boolean, again: () => void): void {
    const decided = this.state.decided.get(at) ?? 0;
    const picture = at
      ? `${at}/${s ? s.start + "-" + s.stop : ""}/${decided}/${this.state.held.has(at)}/${waits}`
      : `end/${JSON.stringify([this.state.sums(), this.state.held.size, [...this.state.went()], retired, this.state.empty()])}`;
    if (picture === this.drawn) return;
    if (pressed(this.el)) return void released().then(again);
    this.drawn = picture;
    const focused = this.el.contains(document.activeElement);
    this.el.replaceChildren(...(at ? this.segment(s, decided) : this.end(retired)));
    if (focused && !this.el.contains(document.activeElement)) this.focus();
    this.el.scrollTop = 0;
  }

  private segment(s: Segment | undefined, decided: number): HTMLElement[] {
    if (!s) return [h("p", { class: "sort-wait" }, say("sort.loading"))];
    const out = card(s, this.state.places.get(s.document), this.around);
    if (decided) {
      const to = this.around.nodes.get(decided);
      const verdict = decided === this.state.node ? say("sort.decided.keep") : say(this.state.held.has(s.coding) ? "sort.held.to" : "sort.decided.to", { name: to?.name ?? "" });
      out.unshift(h("p", { class: "sort-verdict", "data-hue": to?.colour ?? this.data.colour }, verdict));
    }
    out.push(h("p", { class: "sort-acts" }, h("a", { class: "btn small", href: address(this.around, s) }, say("sort.open"), h("kbd", {}, "Enter"))));
    return out;
  }

  private end(retired: boolean): HTMLElement[] {
    const { state, data } = this;
    const went = [...state.went()].sort((a, b) => Number(a[0] === state.node) - Number(b[0] === state.node) || b[1] - a[1]);
    const end = { decided: state.decided.size, joined: state.joined.size, others: state.sums().others, went, empty: state.empty(), retired, mayRetire: data.may.retire, name: data.name, held: state.held.size };
    return summary(end, this.around, this.events);
  }
}
