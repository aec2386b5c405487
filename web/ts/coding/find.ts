// Finding words in the document. The browser's own find may not reach turns it has skipped, and knows nothing of diacritics.

import type { Span } from "./data";
import { h } from "./dom";
import { fold } from "./match";
import type { Text } from "./text";
import { say } from "./words";

interface Folded {
  text: string;
  at: number[] | undefined; // UTF-16 offset in the words of each folded character, where they differ
}

const most = 2000;

export class Find {
  readonly el = h("div", { class: "find-bar", role: "search", hidden: true });
  private input = h("input", { type: "search", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
  private count = h("span", { class: "surface-n", role: "status" });
  private folded = new Map<number, Folded>();
  found: Span[] = [];
  at = -1;

  constructor(private text: Text, private show: (s: Span | undefined, move: boolean) => void, private leave: () => void) {
    this.input.setAttribute("aria-label", say("surface.find"));
    this.input.placeholder = say("surface.find");
    const b = (name: string, label: string, f: () => void) => h("button", { type: "button", "aria-label": label, title: label, onclick: f }, name);
    this.el.append(this.input, this.count, b("↑", say("surface.find.previous"), () => this.step(-1)), b("↓", say("surface.find.next"), () => this.step(1)), b("×", say("surface.close"), () => this.close()));
    let timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.run(), 120);
    });
    this.el.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Escape") {
        e.preventDefault();
        this.close();
      } else if (e.key === "Enter" && e.target === this.input) {
        e.preventDefault();
        this.step(e.shiftKey ? -1 : 1);
      }
    });
  }

  open(near: number): void {
    this.el.hidden = false;
    this.input.focus();
    this.input.select();
    this.near = near;
    if (this.input.value) this.run();
  }

  private near = 0;

  close(): void {
    this.el.hidden = true;
    const s = this.found[this.at];
    this.found = [];
    this.at = -1;
    this.show(s, false);
    this.leave();
  }

  private foldedOf(part: number): Folded {
    let f = this.folded.get(part);
    if (f) return f;
    const words = this.text.words(part);
    if (/^[\x00-\x7f]*$/.test(words)) f = { text: words.toLowerCase(), at: undefined };
    else {
      let out = "";
      const at: number[] = [];
      let i = 0;
      for (const c of words) {
        for (const d of fold(c)) {
          out += d;
          for (let k = 0; k < d.length; k++) at.push(i);
        }
        i += c.length;
      }
      at.push(words.length);
      f = { text: out, at };
    }
    this.folded.set(part, f);
    return f;
  }

  private run(): void {
    const q = fold(this.input.value.normalize("NFC").trim());
    this.found = [];
    this.at = -1;
    if (q) {
      for (let p = 0; p < this.text.parts.length && this.found.length < most; p++) {
        const f = this.foldedOf(p);
        for (let i = f.text.indexOf(q); i >= 0; i = f.text.indexOf(q, i + q.length)) {
          const a = f.at ? f.at[i] : i;
          let b = f.at ? f.at[i + q.length] : i + q.length;
          if (f.at && b <= a) b = a + 1;
          const t = this.text.table(p);
          const s = this.text.parts[p].start;
          this.found.push({ start: s + t.point(a), stop: s + t.point(b) });
        }
      }
      this.at = this.found.findIndex((s) => s.start >= this.near);
      if (this.at < 0 && this.found.length) this.at = 0;
    }
    this.say(q !== "");
    this.show(this.found[this.at], true);
  }

  private step(by: number): void {
    if (this.found.length === 0) return this.run();
    this.at = (this.at + by + this.found.length) % this.found.length;
    this.near = this.found[this.at].start;
    this.say(true);
    this.show(this.found[this.at], true);
  }

  private say(asked: boolean): void {
    this.count.textContent = !asked ? "" : this.found.length ? say("surface.find.count", { i: this.at + 1, n: this.found.length }) : say("surface.find.none");
  }
}
