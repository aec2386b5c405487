// What the keys do.

import type { Coding, Span } from "./data";
import { type Command, command, help } from "./keys";
import { invivo } from "./palette";
import { Walking } from "./walking";
import { say } from "./words";

export abstract class Commands extends Walking {
  // Keys.

  protected keydown(e: KeyboardEvent): void {
    if (e.target !== this.turns) return;
    if (this.editing) return this.editKey(e);
    if (this.viewing.sentences && this.sentences.key(e)) {
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const c = command(e, this.viewing.letters);
    if (c && this.run(c)) {
      e.preventDefault();
      e.stopPropagation();
    }
  }

  /** Keys that work in every panel. */
  protected elsewhereKey(e: KeyboardEvent): void {
    const t = e.target as Element;
    if (t.closest("input, textarea, select, dialog, .palette")) return;
    const c = command(e, this.viewing.letters);
    if (!c) return;
    if (["panel", "undo", "redo", "find", "help"].includes(c) || (c === "escape" && t !== this.turns)) {
      e.preventDefault();
      if (c === "escape") {
        this.status.closePanels();
        this.focusText();
      } else this.run(c);
      return;
    }
    const card = t.closest<HTMLElement>(".coding-card");
    if (card && ["edit", "remove", "memo", "change", "reference"].includes(c) && !(t instanceof HTMLButtonElement)) {
      e.preventDefault();
      this.focus = Number(card.dataset.coding);
      this.run(c);
    }
  }

  /** Does a command; tells whether it was one for here. */
  protected run(c: Command): boolean {
    const rtl = this.text.length > 0 && this.text.rtl(this.cursor.start);
    const ahead = rtl ? -1 : 1;
    const back = rtl ? 1 : -1;
    const writing = ["palette", "invivo", "add", "edit", "remove", "change", "repeat"].includes(c) || c.startsWith("pin-");
    if ((writing && !this.may) || (["memo", "undo", "redo"].includes(c) && !this.data.may.memo)) {
      this.status.speak(say("surface.readonly"));
      return true;
    }
    if (this.text.length === 0 && !["help", "panel", "escape", "reading"].includes(c)) return false;
    switch (c) {
      case "right": this.move(ahead, this.step); break;
      case "left": this.move(back, this.step); break;
      case "down": this.move(1, "turn"); break;
      case "up": this.move(-1, "turn"); break;
      case "extend-right": this.extend(ahead, this.step); break;
      case "extend-left": this.extend(back, this.step); break;
      case "extend-down": this.extend(1, "turn"); break;
      case "extend-up": this.extend(-1, "turn"); break;
      case "home": this.setCursor(this.text.unit(0, this.step)); break;
      case "end": this.setCursor(this.text.unit(this.text.length, this.step)); break;
      case "word": case "sentence": case "turn": case "letter": this.setStep(c); break;
      case "palette": this.openPalette(); break;
      case "invivo": {
        const t = this.targets()[0];
        if (t) this.create(invivo(this.text.quote(t)), false, true);
        break;
      }
      case "memo": this.memoHere(); break;
      case "add": {
        const s = this.place();
        if (this.added.some((a) => a.start === s.start && a.stop === s.stop)) this.added = this.added.filter((a) => a.start !== s.start || a.stop !== s.stop);
        else this.added.push(s);
        this.live = undefined;
        this.anchor = this.lead = undefined;
        this.status.speak(say(this.added.length === 1 ? "surface.added.one" : "surface.added", { n: this.added.length }));
        this.draw("marks");
        break;
      }
      case "over": {
        const here = this.here();
        if (here.length === 0) {
          this.status.speak(say("surface.nothing.read"));
          break;
        }
        const i = here.findIndex((x) => x.id === this.focus);
        this.focus = here[(i + 1) % here.length].id;
        this.speakCoding(here[(i + 1) % here.length]);
        this.draw("marks");
        break;
      }
      case "edit": {
        const f = this.focused();
        if (f) this.edit(f.id);
        break;
      }
      case "remove": {
        const marked = [...this.list.marked];
        const f = marked.length ? undefined : this.focused();
        if (marked.length || f) this.remove(marked.length ? marked : [f!.id]);
        break;
      }
      case "change": {
        const f = this.focused();
        if (f) this.openChange([f.id]);
        break;
      }
      case "uncoded": this.nextUncoded(); break;
      case "reference": {
        const f = this.focus === undefined || this.live || this.added.length ? undefined : this.store.get(this.focus);
        this.reference(f ? [f] : this.targets());
        break;
      }
      case "next": this.hop(1); break;
      case "previous": this.hop(-1); break;
      case "reading": this.viewing.toggleReading(); this.status.speak(say(this.viewing.reading ? "surface.reading.on" : "surface.reading.off")); break;
      case "help": this.help(); break;
      case "find": this.find.open(this.cursor.start); break;
      case "undo": case "redo": void this.undo(c); break;
      case "repeat": {
        const id = this.recent.find((r) => this.book.applicable(r));
        if (id) this.applyHere(id);
        else this.status.speak(say("surface.norepeat"));
        break;
      }
      case "panel": this.nextPanel(); break;
      case "escape":
        if (this.status.closePanels()) break;
        if (this.live || this.added.length) this.drop();
        else if (this.focus !== undefined) {
          this.focus = undefined;
          this.draw("marks");
        } else if (this.viewing.reading) this.viewing.toggleReading();
        else if (this.tree.filter !== undefined) {
          this.tree.filter = undefined;
          this.draw("codings", "book");
        } else return false;
        break;
      default: {
        const id = this.book.pins[c.slice(4)];
        if (id && this.book.applicable(id)) this.applyHere(id);
        else this.status.speak(say("surface.nopin", { key: c.slice(4) }));
      }
    }
    return true;
  }

  /** The coding in focus; where there is none, the innermost at the cursor becomes it. */
  protected focused(): Coding | undefined {
    let f = this.focus === undefined ? undefined : this.store.get(this.focus);
    if (!f) {
      f = this.here()[0];
      if (f) this.focus = f.id;
      else this.status.speak(say("surface.nothing.read"));
    }
    return f;
  }

  protected nextPanel(): void {
    const stops: [Element | null, () => void][] = [
      [this.turns, () => this.focusText()],
      [this.root.querySelector(".surface-right"), () => {
        this.status.openPanel("right");
        const card = this.root.querySelector<HTMLElement>(".surface-right .coding-card");
        (card ?? this.root.querySelector<HTMLElement>(".surface-right")!).focus();
      }],
      [this.root.querySelector(".surface-left"), () => {
        this.status.openPanel("left");
        this.tree.focus();
      }],
    ];
    const i = stops.findIndex(([el]) => el?.contains(document.activeElement));
    stops[(i + 1) % stops.length][1]();
  }

  protected help(): void {
    const d = help(this.data.may, this.viewing.letters);
    d.addEventListener("close", () => {
      d.remove();
      this.focusText();
    });
    this.root.append(d);
    d.showModal();
  }

  /** Copies words with where they stand: document, turn, time, speaker. */
  protected reference(spans: Span[]): void {
    const words = spans.map((s) => {
      const t = this.text.turns[this.text.turnAt(s.start)];
      const who = t.el.querySelector(".who bdi")?.textContent ?? "";
      const time = t.el.querySelector(".who small")?.textContent ?? "";
      const where = [this.data.name, who && who !== this.data.name ? who : "", say("surface.reference.turn", { turn: t.number }), time].filter(Boolean).join(", ");
      return say("surface.reference.form", { words: this.text.quote(s), where });
    });
    if (words.length === 0) return;
    // The clipboard's own API is not there over plain http; a copy of nothing lets us put in what we want everywhere.
    const put = (e: ClipboardEvent) => {
      e.clipboardData?.setData("text/plain", words.join("\n\n"));
      e.preventDefault();
      e.stopImmediatePropagation();
    };
    document.addEventListener("copy", put, { capture: true, once: true });
    const done = document.execCommand("copy");
    document.removeEventListener("copy", put, { capture: true });
    this.status.speak(say(done ? "surface.reference.copied" : "surface.failed"));
  }

  protected copy(e: ClipboardEvent): void {
    if (window.getSelection()?.toString() || !e.clipboardData) return;
    e.clipboardData.setData("text/plain", this.targets().map((s) => this.text.quote(s)).join("\n"));
    e.preventDefault();
  }
}
