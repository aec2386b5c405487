// The panel "At the cursor": every coding there, with its words, memos and acts, and more of the same code elsewhere.

import type { Book } from "./book";
import type { Coding, Memo } from "./data";
import { dot, h } from "./dom";
import type { Store } from "./store";
import type { Text } from "./text";
import type { SegmentElsewhere, Wire } from "./wire";
import { number, say, when } from "./words";

export interface ListEvents {
  choose(coding: number): void;
  mark(coding: number): void;
  change(codings: number[]): void;
  edit(coding: number): void;
  remove(codings: number[]): void;
  /** Resolves when the memo was saved; rejects with a sentence. */
  memo(on: Coding, memo: Memo | undefined, text: string): Promise<void>;
  memoGone(memo: Memo): Promise<void>;
}

const cardsAtMost = 40;

export class List {
  private title = h("h2", {});
  private count = h("span", { class: "surface-n" });
  private bar = h("div", { class: "marked-bar", hidden: true });
  private cards = h("div", { class: "cards" });
  private elsewhere = h("section", { class: "elsewhere", hidden: true });
  private shown = new Map<number, { key: string; el: HTMLElement }>();
  private draft = new Map<string, string>(); // texts being written, by coding and memo
  private asked = "";
  private kept = new Map<string, { total: number; segments: SegmentElsewhere[] }>();
  private timer = 0;
  readonly marked = new Set<number>();

  constructor(
    el: HTMLElement,
    private text: Text,
    private store: Store,
    private book: Book,
    private wire: Wire,
    private zone: string,
    private may: boolean,
    private events: ListEvents,
  ) {
    this.title.textContent = say("surface.cursor");
    el.append(h("div", { class: "surface-sec" }, this.title, this.count), this.bar, this.cards, this.elsewhere);
    this.cards.addEventListener("click", (e) => {
      const t = e.target as Element;
      if (t.closest("button, textarea, a, summary")) return;
      const card = t.closest<HTMLElement>(".coding-card");
      if (!card) return;
      const id = Number(card.dataset.coding);
      if ((e as MouseEvent).ctrlKey || (e as MouseEvent).metaKey) this.events.mark(id);
      else if (!window.getSelection()?.toString()) this.events.choose(id);
    });
    this.cards.addEventListener("keydown", (e) => {
      if ((e.target as Element).closest("textarea")) return;
      const card = (e.target as Element).closest<HTMLElement>(".coding-card");
      if (card && e.key.toLowerCase() === "x" && !e.ctrlKey && !e.metaKey && !e.altKey) {
        e.preventDefault();
        this.events.mark(Number(card.dataset.coding));
      }
    });
  }

  draw(codings: Coding[], focus: number | undefined): void {
    for (const id of [...this.marked]) if (!codings.some((c) => c.id === id) && !this.store.get(id)) this.marked.delete(id);
    this.count.textContent = codings.length ? say(codings.length === 1 ? "surface.codings.one" : "surface.codings", { n: codings.length }) : "";
    const list = codings.slice(0, cardsAtMost);
    const next: HTMLElement[] = [];
    const seen = new Set<number>();
    for (const c of list) {
      seen.add(c.id);
      const memos = this.store.memosOn(c.id);
      const on = c.id === focus;
      const key = [c.code, c.start, c.stop, c.pending ?? "", this.book.name(c.code), this.book.theme(c.code), this.book.colour(c.code), this.book.pattern(c.code), this.book.coder(c.coder), memos.map((m) => m.id + "." + m.rev).join(",")].join("|");
      let s = this.shown.get(c.id);
      if (!s || s.key !== key) {
        s = { key, el: this.card(c, memos) };
        this.shown.set(c.id, s);
      }
      s.el.classList.toggle("on", on);
      if (on) s.el.setAttribute("aria-current", "true");
      else s.el.removeAttribute("aria-current");
      s.el.classList.toggle("marked", this.marked.has(c.id));
      next.push(s.el);
    }
    for (const id of [...this.shown.keys()]) if (!seen.has(id)) this.shown.delete(id);
    if (codings.length > list.length) next.push(h("p", { class: "surface-soft" }, say("surface.andmore", { n: codings.length - list.length })));
    if (codings.length === 0) next.push(h("p", { class: "surface-empty" }, say(this.may ? "surface.nothing" : "surface.nothing.read")));
    const now = [...this.cards.children];
    if (now.length !== next.length || next.some((el, i) => el !== now[i])) {
      const held = document.activeElement instanceof HTMLElement && this.cards.contains(document.activeElement) ? document.activeElement : undefined;
      this.cards.replaceChildren(...next);
      if (held?.isConnected) held.focus({ preventScroll: true });
    }
    this.drawBar();
    const lead = codings.find((c) => c.id === focus) ?? codings[0];
    this.more(lead && lead.code > 0 ? lead : undefined);
  }

  private drawBar(): void {
    const ids = [...this.marked];
    this.bar.hidden = ids.length === 0;
    if (ids.length === 0) return;
    this.bar.replaceChildren(
      h("span", {}, say(ids.length === 1 ? "surface.marked.one" : "surface.marked", { n: ids.length })),
      h("button", { type: "button", onclick: () => this.events.change(ids) }, say("surface.change")),
      h("button", { type: "button", onclick: () => this.events.remove(ids) }, say("surface.remove")),
      h("button", { type: "button", "aria-label": say("surface.unmark"), onclick: () => { this.marked.clear(); this.draw([...this.shown.keys()].map((id) => this.store.get(id)!).filter(Boolean), undefined); } }, "×"),
    );
  }

  private card(c: Coding, memos: Memo[]): HTMLElement {
    const theme = this.book.theme(c.code);
    const coder = this.book.coders.get(c.coder);
    const el = h("article", { class: "coding-card", tabindex: "-1", "data-coding": c.id, "data-hue": this.book.colour(c.code), "aria-label": this.book.name(c.code) });
    if (c.pending) el.classList.add("waits");
    const words = this.text.quote({ start: c.start, stop: Math.min(c.stop, c.start + 600) });
    const quote = h("blockquote", { dir: "auto" }, words + (c.stop - c.start > 600 ? "…" : ""));
    el.append(
      h("h3", {}, dot(this.book.colour(c.code), this.book.pattern(c.code)), h("bdi", {}, this.book.name(c.code)), theme ? h("span", { class: "surface-soft" }, " " + say("surface.in", { theme })) : null),
      quote,
      h("p", { class: "card-meta" }, h("span", { title: coder?.name }, this.book.coder(c.coder)), h("span", {}, c.pending ? say("surface.onway") : when(c.at, this.zone))),
    );
    const list = h("div", { class: "card-memos" });
    for (const m of memos) list.append(this.memo(c, m));
    el.append(list);
    if (this.may) {
      const act = (name: string, key: string, f: () => void) => h("button", { type: "button", title: key, onclick: f }, name);
      el.append(
        h(
          "div",
          { class: "card-acts" },
          act(say("surface.memo"), "M", () => this.write(c.id)),
          act(say("surface.change"), "C", () => this.events.change([c.id])),
          act(say("surface.edit"), "E", () => this.events.edit(c.id)),
          act(say("surface.remove"), "Del", () => this.events.remove([c.id])),
        ),
      );
    }
    if (this.draft.has(c.id + ":")) this.editor(list, c, undefined);
    return el;
  }

  private memo(c: Coding, m: Memo): HTMLElement {
    const el = h("div", { class: "card-memo" });
    if (this.draft.has(`${c.id}:${m.id}`)) {
      this.editor(el, c, m);
      return el;
    }
    el.append(h("p", { dir: "auto" }, m.text), h("p", { class: "card-meta" }, h("span", {}, this.book.coder(m.coder)), h("span", {}, when(m.at, this.zone))));
    if (this.may && m.coder === this.store.me) {
      el.lastElementChild!.append(
        h("span", { class: "grow" }),
        h("button", { type: "button", onclick: () => { el.replaceChildren(); this.editor(el, c, m).focus(); } }, say("surface.memo.edit")),
        h("button", { type: "button", onclick: (e: Event) => { const b = e.currentTarget as HTMLButtonElement; b.disabled = true; void this.events.memoGone(m).finally(() => (b.disabled = false)); } }, say("surface.remove")),
      );
    }
    return el;
  }

  /** Opens the memo editor on a coding's card. */
  write(coding: number): void {
    const c = this.store.get(coding);
    const list = this.shown.get(coding)?.el.querySelector<HTMLElement>(".card-memos");
    if (!c || !list) return;
    const open = list.querySelector("textarea");
    (open ?? this.editor(list, c, undefined)).focus();
  }

  private editor(into: HTMLElement, c: Coding, m: Memo | undefined): HTMLTextAreaElement {
    const key = `${c.id}:${m?.id ?? ""}`;
    const area = h("textarea", { rows: 3, "aria-label": say("surface.memo"), placeholder: say("surface.memo.hint"), dir: "auto" });
    area.value = this.draft.get(key) ?? m?.text ?? "";
    this.draft.set(key, area.value);
    const why = h("p", { class: "card-why", role: "alert" });
    const box = h("div", { class: "card-editor" });
    const done = () => {
      this.draft.delete(key);
      box.remove();
      if (m) {
        const s = this.shown.get(c.id);
        if (s) s.key = "";
      }
    };
    const save = async () => {
      const words = area.value.trim();
      if (!words) return cancel();
      area.disabled = keep.disabled = true;
      why.textContent = "";
      try {
        this.draft.delete(key);
        await this.events.memo(c, m, words);
        done();
      } catch (e) {
        this.draft.set(key, area.value);
        why.textContent = e instanceof Error && e.message ? e.message : say("surface.memo.failed");
        area.disabled = keep.disabled = false;
        area.focus();
      }
    };
    const cancel = () => {
      done();
      this.events.choose(c.id);
    };
    const keep = h("button", { type: "button", class: "go", onclick: () => void save() }, say("surface.memo.save"));
    area.addEventListener("input", () => this.draft.set(key, area.value));
    area.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        void save();
      } else if (e.key === "Escape") {
        e.preventDefault();
        cancel();
      }
    });
    box.append(area, why, h("div", { class: "card-acts" }, keep, h("button", { type: "button", onclick: cancel }, say("surface.cancel")), h("span", { class: "surface-soft" }, h("kbd", {}, "Ctrl ↵"))));
    into.append(box);
    return area;
  }

  /** Segments of the same code in the other documents, asked for when the cursor rests. */
  private more(c: Coding | undefined): void {
    if (!c) {
      this.asked = "";
      this.elsewhere.hidden = true;
      return;
    }
    const node = this.book.nodes.get(c.code);
    const key = `${c.code}/${node?.count ?? 0}`;
    if (key === this.asked) return;
    this.asked = key;
    clearTimeout(this.timer);
    const have = this.kept.get(key);
    if (have) return this.drawMore(c.code, have);
    if (this.elsewhere.dataset.code !== String(c.code)) this.elsewhere.hidden = true;
    this.timer = window.setTimeout(async () => {
      try {
        const got = await this.wire.segments(c.code);
        if (this.kept.size > 60) this.kept.clear();
        this.kept.set(key, got);
        if (this.asked === key) this.drawMore(c.code, got);
      } catch {
        this.asked = ""; // the next look at it asks again
      }
    }, 350);
  }

  private drawMore(code: number, got: { total: number; segments: SegmentElsewhere[] }): void {
    const others = got.segments.filter((s) => s.document !== this.wire.document).slice(0, 8);
    this.elsewhere.dataset.code = String(code);
    this.elsewhere.hidden = others.length === 0;
    this.elsewhere.replaceChildren(
      h("div", { class: "surface-sec" }, h("h2", {}, say("surface.elsewhere")), h("a", { class: "surface-n", href: `/projects/${this.wire.project}/nodes/${code}` }, say("surface.elsewhere.all", { n: got.total }))),
      ...others.map((s) => {
        const short = [...s.text].length > 180 ? [...s.text].slice(0, 179).join("") + "…" : s.text;
        return h("a", { class: "elsewhere-one", href: `/projects/${this.wire.project}/documents/${s.document}#t${s.turn}` }, h("q", { dir: "auto" }, short), h("span", { class: "surface-n" }, say("surface.elsewhere.where", { name: s.name, turn: number(s.turn), coder: this.book.coder(s.coder) })));
      }),
    );
  }
}
