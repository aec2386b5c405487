// The bar of the edit mode: each end of a span a word earlier or later by buttons, for whoever neither drags nor types.

import { h } from "./dom";
import { say } from "./words";

export type End = "start" | "stop";

export interface EndsEvents {
  move(end: End, by: 1 | -1): void;
  done(keep: boolean): void;
}

export class Ends {
  readonly el: HTMLElement;

  constructor(events: EndsEvents) {
    const pair = (end: End) =>
      h(
        "span",
        { class: "ends-pair", role: "group", "aria-label": say(`surface.ends.${end}`) },
        h("span", {}, say(`surface.ends.${end}`)),
        h("button", { type: "button", class: "btn small", "aria-label": say(`surface.ends.${end}.earlier`), title: say(`surface.ends.${end}.earlier`), onclick: () => events.move(end, -1) }, "←"),
        h("button", { type: "button", class: "btn small", "aria-label": say(`surface.ends.${end}.later`), title: say(`surface.ends.${end}.later`), onclick: () => events.move(end, 1) }, "→"),
      );
    this.el = h(
      "div",
      { class: "ends-bar", hidden: true, role: "toolbar", "aria-label": say("surface.edit") },
      pair("start"),
      pair("stop"),
      h("button", { type: "button", class: "btn small go", onclick: () => events.done(true) }, say("surface.ends.keep")),
      h("button", { type: "button", class: "btn small", onclick: () => events.done(false) }, say("surface.cancel")),
    );
    this.el.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "Escape") events.done(false);
    });
  }

  show(on: boolean): void {
    this.el.hidden = !on;
  }
}
