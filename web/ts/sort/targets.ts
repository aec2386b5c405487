// The codes that segments may go to, each with its number key, and the box in which one more is chosen or made.

import type { Node } from "../coding/data";
import { dot, h } from "../coding/dom";
import { find } from "../coding/match";
import { number, say } from "../coding/words";
import type { State } from "./state";

export interface TargetEvents {
  take(code: number): void;
  drop(code: number): void;
  add(code: number): void;
  make(name: string): Promise<string>; // resolves to a sentence where it was refused
  leave(): void; // gives the focus back to the segment
}

export const most = 9;

interface Choice {
  id: number; // 0: make a new one
  name: string;
  theme: string;
  definition: string;
  colour: number;
  pattern: number;
}

export class Targets {
  readonly el: HTMLElement;
  private list = h("ol", { class: "sort-targets" });
  private hint = h("p", { class: "hint" }, say("sort.notargets"));
  private input = h("input", { type: "text", id: "sort-add", role: "combobox", "aria-expanded": "false", "aria-controls": "sort-choices", "aria-autocomplete": "list", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 120 });
  private choices = h("div", { class: "sort-choices", id: "sort-choices", role: "listbox", hidden: true });
  private full = h("p", { class: "hint", hidden: true }, say("sort.add.full"));
  private why = h("p", { class: "error", role: "alert" });
  private found: Choice[] = [];
  private active = 0;
  private nodes = new Map<number, Node>();
  private busy = false;

  constructor(private self: { id: number; name: string; colour: number; pattern: number; above: number }, private may: { code: boolean; add: boolean }, private state: State, private events: TargetEvents) {
    this.input.placeholder = say("sort.add.hint");
    this.choices.setAttribute("aria-label", say("sort.add"));
    const box = h("div", { class: "sort-adder" }, h("label", { for: "sort-add" }, say("sort.add"), h("kbd", { "aria-hidden": "true" }, "A")), this.input, this.choices, this.full, this.why);
    this.el = h("nav", { class: "sort-side", "aria-labelledby": "sort-into" }, h("h2", { id: "sort-into" }, say("sort.into")), this.hint, this.list, this.may.code && box);
    this.input.addEventListener("input", () => this.fill());
    this.input.addEventListener("focus", () => this.fill());
    this.input.addEventListener("blur", () => this.shut());
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.choices.addEventListener("pointerdown", (e) => e.preventDefault());
    this.choices.addEventListener("click", (e) => {
      const row = (e.target as Element).closest<HTMLElement>("[role=option]");
      if (row) void this.choose(this.found[Number(row.dataset.i)]);
    });
  }

  focus(): void {
    this.input.focus();
  }

  draw(nodes: Map<number, Node>, at: number): void {
    this.nodes = nodes;
    const held = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.code : undefined;
    const went = this.state.went();
    this.hint.hidden = this.state.targets.length > 0 || !this.may.code;
    const rows = this.state.targets.map((code, i) => {
      const n = nodes.get(code);
      return n && this.row(String(i + 1), code, n.name, n.colour, n.pattern, n.definition, went.get(code) ?? 0, at === code);
    });
    rows.push(this.row("0", this.self.id, say("sort.keep", { name: this.self.name }), this.self.colour, this.self.pattern, "", went.get(this.self.id) ?? 0, at === this.self.id));
    this.list.replaceChildren(...rows.filter((r) => r !== undefined));
    if (held) this.list.querySelector<HTMLElement>(`button[data-code="${held}"]`)?.focus();
    const full = this.state.targets.length >= most;
    this.input.disabled = full;
    this.full.hidden = !full;
    this.full.parentElement?.classList.toggle("full", full);
    if (!this.choices.hidden) this.fill();
  }

  private row(key: string, code: number, name: string, colour: number, pattern: number, definition: string, n: number, on: boolean): HTMLElement {
    const keep = key === "0";
    const take = h(
      "button",
      { type: "button", class: "sort-target", "data-code": code, title: definition || undefined, disabled: !this.may.code, "aria-pressed": String(on), onclick: () => this.events.take(code) },
      h("kbd", {}, key),
      " ",
      dot(colour, pattern),
      h("bdi", { class: "sort-name" }, name),
      " ",
      h("b", { class: "sort-count" }, number(n)),
    );
    const away = !keep && this.may.code && h("button", { type: "button", class: "sort-drop", "aria-label": say("sort.drop", { name }), title: say("sort.drop", { name }), onclick: () => this.events.drop(code) }, "×");
    return h("li", { "data-hue": colour, class: keep ? "keep" : undefined }, take, away);
  }

  private theme(n: Node): string {
    return this.nodes.get(n.parent)?.name ?? "";
  }

  private fill(): void {
    if (this.input.disabled) return;
    const q = this.input.value.trim();
    const free = [...this.nodes.values()].filter((n) => n.codable && n.state === "live" && n.id !== this.self.id && !this.state.targets.includes(n.id));
    const all: (Choice & { parent: number })[] = free.map((n) => ({ id: n.id, name: n.name, theme: this.theme(n), definition: n.definition, colour: n.colour, pattern: n.pattern, parent: n.parent }));
    // Nothing typed: those beside and below the code come first.
    const near = (c: { parent: number }) => (c.parent === this.self.id ? 0 : c.parent === this.self.above && c.parent !== 0 ? 1 : 2);
    this.found = q === "" ? all.sort((a, b) => near(a) - near(b)).slice(0, 30) : find(q, all, 20).map((f) => f.item);
    const beside = [...this.nodes.values()].some((n) => n.parent === this.self.above && n.name.toLowerCase() === q.toLowerCase());
    if (this.may.add && q !== "" && !beside) this.found.push({ id: 0, name: q, theme: "", definition: "", colour: this.self.colour, pattern: 0 });
    this.active = 0;
    this.choices.replaceChildren(
      ...this.found.map((c, i) =>
        h(
          "div",
          { role: "option", id: `sort-choice-${i}`, "data-i": i, class: "sort-choice", "aria-selected": String(i === 0) },
          c.id ? dot(c.colour, c.pattern) : h("i", { class: "sort-plus", "aria-hidden": "true" }, "+"),
          h("bdi", { class: "sort-name" }, c.id ? c.name : say("sort.add.create", { name: c.name })),
          c.theme ? h("bdi", { class: "n" }, c.theme) : null,
        ),
      ),
    );
    if (this.found.length === 0) this.choices.replaceChildren(h("div", { class: "sort-choice n", role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("sort.add.none")));
    this.choices.hidden = false;
    const field = this.input.getBoundingClientRect();
    const below = innerHeight - field.bottom - 72, above = field.top - 72; // the bar and the strip
    const up = below < 200 && above > below;
    this.choices.classList.toggle("up", up);
    this.choices.style.setProperty("max-block-size", `${Math.max(120, Math.min(352, up ? above : below))}px`);
    this.input.setAttribute("aria-expanded", "true");
    this.mark(0);
  }

  private shut(): void {
    this.choices.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private mark(i: number): void {
    this.active = i;
    for (const el of this.choices.querySelectorAll<HTMLElement>("[data-i]")) {
      const on = Number(el.dataset.i) === i;
      el.setAttribute("aria-selected", String(on));
      if (on) el.scrollIntoView({ block: "nearest" });
    }
    if (this.found[i]) this.input.setAttribute("aria-activedescendant", `sort-choice-${i}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  private key(e: KeyboardEvent): void {
    e.stopPropagation();
    if (e.isComposing || e.keyCode === 229) return; // an input method is at work
    const n = this.found.length;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (this.choices.hidden) this.fill();
      else if (n) this.mark((this.active + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (e.key === "Enter") {
      e.preventDefault();
      void this.choose(this.found[this.active]);
    } else if (e.key === "Escape") {
      e.preventDefault();
      this.input.value = "";
      this.why.textContent = "";
      this.shut();
      this.events.leave();
    }
  }

  private async choose(c: Choice | undefined): Promise<void> {
    if (!c || this.busy) return;
    this.why.textContent = "";
    if (c.id) {
      this.input.value = "";
      this.shut();
      this.events.add(c.id);
      return;
    }
    this.busy = true;
    this.input.setAttribute("aria-busy", "true");
    const refused = await this.events.make(c.name);
    this.busy = false;
    this.input.removeAttribute("aria-busy");
    this.why.textContent = refused;
    if (refused) return;
    this.input.value = "";
    this.shut();
  }
}
