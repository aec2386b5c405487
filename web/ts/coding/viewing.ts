// How the text is looked at: whose codings, the size of the letters, the length of the lines, the margin, the plain reading
// view, sentence mode, keys. A small menu; what was chosen is the person's, on every machine.

import type { Book } from "./book";
import type { Person, SurfaceData } from "./data";
import { h } from "./dom";
import { say } from "./words";

export interface ViewingEvents {
  /** Something else is to be seen; `anew` when the words may stand elsewhere than they did. */
  changed(anew: boolean): void;
  keep(person: Person): Promise<unknown>;
  /** What was chosen could not be kept. */
  lost(why: unknown): void;
}

const sizes = [-2, -1, 0, 1, 2, 3, 4];

export class Viewing {
  who: "all" | "mine" | number = "all";
  reading = false;
  private menu = h("div", { class: "surface-menu view-menu", role: "dialog", hidden: true });
  private from: HTMLElement | undefined;
  private person: Person;
  private timer = 0;

  constructor(root: HTMLElement, private sheet: HTMLElement, private book: Book, data: SurfaceData, private events: ViewingEvents) {
    this.person = { ...data.person };
    this.menu.setAttribute("aria-label", say("surface.view"));
    root.append(this.menu);
    queueMicrotask(() => events.changed(false));
    document.addEventListener("pointerdown", (e) => {
      const t = e.target as globalThis.Node;
      if (!this.menu.hidden && !this.menu.contains(t) && !this.from?.contains(t)) this.menu.hidden = true;
    }, true);
    this.menu.addEventListener("keydown", (e) => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      this.menu.hidden = true;
      this.from?.focus();
    });
  }

  get names(): boolean {
    return !this.person.no_names;
  }

  get letters(): boolean {
    return !this.person.no_letters;
  }

  get sentences(): boolean {
    return !!this.person.sentences;
  }

  /** Whether the margin stands before the words. */
  get before(): boolean {
    return this.person.margin === "start";
  }

  toggleReading(): void {
    this.reading = !this.reading;
    this.events.changed(false);
  }

  private set(p: Person): void {
    const anew = (["size", "width", "margin"] as const).some((k) => p[k] !== undefined && p[k] !== this.person[k]);
    Object.assign(this.person, p);
    this.sheet.dataset.size = String(this.person.size ?? 0);
    this.sheet.dataset.width = String(this.person.width ?? 0);
    this.sheet.dataset.margin = this.person.margin ?? "";
    this.events.changed(anew);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.events.keep(this.person).catch((e: unknown) => this.events.lost(e)), 400);
  }

  open(at: HTMLElement): void {
    if (!this.menu.hidden) {
      this.menu.hidden = true;
      return;
    }
    this.from = at;
    const radio = (group: string, name: string, on: boolean, f: () => void) => h("label", {}, h("input", { type: "radio", name: `surface-${group}`, checked: on, onchange: f }), h("span", {}, h("bdi", {}, name)));
    const box = (name: string, on: boolean, f: (on: boolean) => void) => {
      const i = h("input", { type: "checkbox", checked: on, onchange: () => f(i.checked) });
      return h("label", {}, i, h("span", {}, name));
    };
    const who = (w: "all" | "mine" | number) => () => {
      this.who = w;
      this.events.changed(false);
    };
    const size = () => this.person.size ?? 0;
    const shown = h("output", {}, "");
    const less = h("button", { type: "button", class: "btn small", "aria-label": `A− ${say("surface.view.smaller")}`, onclick: () => step(-1) }, "A−");
    const more = h("button", { type: "button", class: "btn small", "aria-label": `A+ ${say("surface.view.larger")}`, onclick: () => step(1) }, "A+");
    const tell = () => {
      shown.textContent = size() === 0 ? say("surface.view.size.usual") : (size() > 0 ? "+" : "−") + Math.abs(size());
      less.disabled = size() === sizes[0];
      more.disabled = size() === sizes[sizes.length - 1];
    };
    const step = (by: number) => {
      this.set({ size: Math.min(sizes[sizes.length - 1], Math.max(sizes[0], size() + by)) });
      tell();
    };
    tell();
    const width = (name: string, w: number) => radio("width", name, (this.person.width ?? 0) === w, () => this.set({ width: w }));
    const side = (name: string, m: string) => radio("margin", name, (this.person.margin ?? "") === m, () => this.set({ margin: m }));
    const others = [...this.book.coders.values()].filter((c) => !c.me && c.role !== "");
    this.menu.replaceChildren(
      ...(others.length ? [h("fieldset", {}, h("legend", {}, say("surface.view.whose")), radio("who", say("surface.view.all"), this.who === "all", who("all")), radio("who", say("surface.view.mine"), this.who === "mine", who("mine")), ...others.map((c) => radio("who", c.name, this.who === c.id, who(c.id))))] : []),
      h("fieldset", {}, h("legend", {}, say("surface.view.size")), h("div", { class: "view-size" }, less, shown, more)),
      h("fieldset", { class: "view-row" }, h("legend", {}, say("surface.view.width")), width(say("surface.view.width.short"), -1), width(say("surface.view.width.usual"), 0), width(say("surface.view.width.long"), 1)),
      h("fieldset", { class: "view-row" }, h("legend", {}, say("surface.view.margin")), side(say("surface.view.margin.after"), ""), side(say("surface.view.margin.before"), "start")),
      h(
        "fieldset",
        {},
        h("legend", {}, say("surface.view.how")),
        box(say("surface.view.names"), this.names, (on) => this.set({ no_names: !on })),
        box(say("surface.view.reading"), this.reading, () => this.toggleReading()),
        box(say("surface.view.sentences"), this.sentences, (on) => this.set({ sentences: on })),
        box(say("surface.view.letters"), this.letters, (on) => this.set({ no_letters: !on })),
      ),
    );
    this.menu.hidden = false;
    const r = at.getBoundingClientRect();
    this.menu.style.setProperty("bottom", `${window.innerHeight - r.top + 6}px`);
    this.menu.style.setProperty("left", `${Math.max(8, Math.min(r.left, window.innerWidth - this.menu.offsetWidth - 8))}px`);
    this.menu.querySelector<HTMLElement>("input:checked, button:not(:disabled)")?.focus();
  }
}
