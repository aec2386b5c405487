// How the text is looked at: whose codings, names or not, the plain reading view, sentence mode. A small menu; what was
// chosen is remembered in this browser.

import type { Book } from "./book";
import type { SurfaceData } from "./data";
import { h } from "./dom";
import { say } from "./words";

interface Kept {
  names: boolean;
  sentences: boolean;
}

export class Viewing {
  who: "all" | "mine" | number = "all";
  names = true;
  reading = false;
  sentences = false;
  private menu = h("div", { class: "surface-menu view-menu", role: "dialog", hidden: true });
  private key: string;
  private from: HTMLElement | undefined;

  constructor(root: HTMLElement, private book: Book, data: SurfaceData, private events: { changed(): void }) {
    this.key = `anyam:view:${data.me}:${data.project}`;
    try {
      const k = JSON.parse(localStorage.getItem(this.key) ?? "{}") as Partial<Kept>;
      this.names = k.names ?? true;
      this.sentences = k.sentences ?? false;
    } catch {
      // As it is for everyone.
    }
    this.menu.setAttribute("aria-label", say("surface.view"));
    root.append(this.menu);
    queueMicrotask(() => events.changed());
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

  toggleReading(): void {
    this.reading = !this.reading;
    this.events.changed();
  }

  open(at: HTMLElement): void {
    if (!this.menu.hidden) {
      this.menu.hidden = true;
      return;
    }
    this.from = at;
    const set = (f: () => void) => () => {
      f();
      try {
        localStorage.setItem(this.key, JSON.stringify({ names: this.names, sentences: this.sentences } satisfies Kept));
      } catch {
        // It holds until the page is left.
      }
      this.events.changed();
    };
    const radio = (name: string, on: boolean, f: () => void) => h("label", {}, h("input", { type: "radio", name: "surface-who", checked: on, onchange: set(f) }), h("span", {}, h("bdi", {}, name)));
    const box = (name: string, on: boolean, f: (on: boolean) => void) => {
      const i = h("input", { type: "checkbox", checked: on, onchange: set(() => f(i.checked)) });
      return h("label", {}, i, h("span", {}, name));
    };
    const others = [...this.book.coders.values()].filter((c) => !c.me && c.role !== "");
    this.menu.replaceChildren(
      h("fieldset", {}, h("legend", {}, say("surface.view.whose")), radio(say("surface.view.all"), this.who === "all", () => (this.who = "all")), radio(say("surface.view.mine"), this.who === "mine", () => (this.who = "mine")), ...others.map((c) => radio(c.name, this.who === c.id, () => (this.who = c.id)))),
      h("fieldset", {}, h("legend", {}, say("surface.view.how")), box(say("surface.view.names"), this.names, (on) => (this.names = on)), box(say("surface.view.reading"), this.reading, (on) => (this.reading = on)), box(say("surface.view.sentences"), this.sentences, (on) => (this.sentences = on))),
    );
    this.menu.hidden = false;
    const r = at.getBoundingClientRect();
    this.menu.style.setProperty("bottom", `${window.innerHeight - r.top + 6}px`);
    this.menu.style.setProperty("left", `${Math.max(8, Math.min(r.left, window.innerWidth - this.menu.offsetWidth - 8))}px`);
    this.menu.querySelector<HTMLElement>("input")?.focus();
  }
}
