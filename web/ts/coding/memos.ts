// Memos on one thing: a coding, a code or theme, words of the document, the document. Showing them, as the server drew them,
// and writing in place. What is being written outlives the list it is written in, since lists are drawn again while one
// writes; and what was left with Esc is kept until the page is left.

import type { Book } from "./book";
import type { Memo } from "./data";
import { h } from "./dom";
import type { Store } from "./store";
import { growing, offerNames } from "../lib/naming";
import { say, when } from "./words";

/** What a memo hangs on: a coding, a code or theme, the document, or with start and stop words of the document. */
export interface On {
  id: number;
  start?: number;
  stop?: number;
}

export interface MemoEvents {
  /** Resolves when the memo was saved; rejects with a sentence. */
  memo(on: On, memo: Memo | undefined, text: string): Promise<void>;
  memoGone(memo: Memo): Promise<void>;
}

interface Draft {
  on: On;
  el: HTMLElement;
  area: HTMLTextAreaElement;
  open: boolean;
}

let hints = 0;

export class Memos {
  private drafts = new Map<string, Draft>();

  /** `left` is called when an editor was closed, saved or not; the list is to be drawn again. `names` is where names are to be had. */
  constructor(private store: Store, private book: Book, private zone: string, private may: boolean, private names: string, private events: MemoEvents, private left: (on: On, saved: boolean) => void) {}

  private key(on: On, m?: Memo): string {
    return `${on.id}:${on.start ?? ""}-${on.stop ?? ""}:${m?.id ?? ""}`;
  }

  /** The words that new memos are being written on, or were begun on. */
  begun(): On[] {
    return [...this.drafts.entries()].filter(([k, d]) => d.on.start !== undefined && k.endsWith(":")).map(([, d]) => d.on);
  }

  /** What the list says, as a key for whoever keeps its element. */
  look(memos: Memo[]): string {
    return memos.map((m) => `${m.id}.${m.rev}.${m.html.length}`).join();
  }

  /** The memos on a thing, oldest first, with the editor of a new one while it is written. */
  list(on: On, memos: Memo[]): HTMLElement {
    const el = h("div", { class: "card-memos" }, ...memos.map((m) => this.one(on, m)));
    const d = this.drafts.get(this.key(on));
    if (d?.open) el.append(d.el);
    else if (d) el.append(this.goOn(() => d.el, d));
    return el;
  }

  /** Opens the editor of a new memo in a list made by `list`, or goes to it. */
  write(list: HTMLElement, on: On): void {
    const d = this.drafts.get(this.key(on)) ?? this.editor(on);
    d.open = true;
    list.querySelector(":scope > .card-draft")?.remove();
    if (!list.contains(d.el)) list.append(d.el);
    this.enter(d);
  }

  private enter(d: Draft): void {
    growing(d.area);
    d.area.focus();
    d.el.scrollIntoView({ block: "nearest" });
  }

  private goOn(el: () => HTMLElement, d: Draft): HTMLElement {
    const b = h("button", { type: "button", class: "card-code-memos card-draft" }, say("surface.memo.draft"));
    b.addEventListener("click", () => {
      d.open = true;
      b.replaceWith(el());
      this.enter(d);
    });
    return b;
  }

  private one(on: On, m: Memo): HTMLElement {
    const el = h("div", { class: "card-memo" });
    const d = this.drafts.get(this.key(on, m));
    if (d?.open) {
      el.append(d.el);
      return el;
    }
    el.append(drawn(m.html), h("p", { class: "card-meta" }, h("span", { title: this.book.coders.get(m.coder)?.name }, this.book.coder(m.coder)), h("span", {}, when(m.at, this.zone))));
    if (this.may && m.coder === this.store.me) {
      const gone = async (b: HTMLButtonElement) => {
        b.disabled = true;
        await this.events.memoGone(m);
        b.disabled = false;
      };
      const edit = () => {
        const open = this.drafts.get(this.key(on, m)) ?? this.editor(on, m);
        open.open = true;
        el.replaceChildren(open.el);
        this.enter(open);
      };
      el.lastElementChild!.append(
        h("span", { class: "grow" }),
        h("button", { type: "button", class: d && "card-draft", onclick: edit }, say(d ? "surface.memo.draft" : "surface.memo.edit")),
        h("button", { type: "button", "aria-label": say("surface.memo.remove"), onclick: (e: Event) => void gone(e.currentTarget as HTMLButtonElement) }, say("surface.remove")),
      );
    }
    return el;
  }

  private editor(on: On, m?: Memo): Draft {
    const key = this.key(on, m);
    const hint = `memo-hint-${++hints}`;
    const area = h("textarea", { rows: 3, "aria-label": say("surface.memo"), "aria-describedby": hint, placeholder: say("surface.memo.hint"), dir: "auto", "data-memo": this.names });
    area.value = m?.text ?? "";
    offerNames(area, this.names, { names: say("surface.memo.names"), found: say("surface.memo.names.found", { n: "{n}" }), code: say("surface.memo.names.code"), theme: say("surface.memo.names.theme"), document: say("surface.memo.names.document") });
    const why = h("p", { class: "card-why", role: "alert" });
    const leave = (saved: boolean) => {
      this.drafts.delete(key);
      this.left(on, saved);
    };
    let base = m; // what is changed: after a refusal, what stands there now
    const save = async () => {
      const words = area.value.trim();
      if (!words) return leave(false);
      area.disabled = keep.disabled = true;
      why.textContent = "";
      try {
        await this.events.memo(on, base, words);
        leave(true);
      } catch (e) {
        why.textContent = e instanceof Error && e.message ? e.message : say("surface.memo.failed");
        area.disabled = keep.disabled = false;
        base = m && (this.store.memos.get(m.id) ?? base);
        area.focus();
      }
    };
    const keep = h("button", { type: "button", class: "go", onclick: () => void save() }, say("surface.memo.save"));
    area.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        void save();
      } else if (e.key === "Escape") {
        e.preventDefault();
        if (area.value.trim() === (m?.text ?? "").trim()) return leave(false);
        const d = this.drafts.get(key);
        if (d) d.open = false;
        this.left(on, false);
      }
    });
    const el = h(
      "div",
      { class: "card-editor" },
      area,
      h("p", { class: "memo-say", id: hint }, say("surface.memo.markdown")),
      why,
      h("div", { class: "card-acts" }, keep, h("button", { type: "button", onclick: () => leave(false) }, say("surface.memo.discard")), h("span", { class: "surface-soft", title: say("surface.memo.keep") }, h("kbd", {}, "Ctrl ↵"))),
    );
    const d = { on, el, area, open: true };
    this.drafts.set(key, d);
    return d;
  }
}

/** A memo as the server drew it: it alone makes HTML of what people write. */
function drawn(html: string): HTMLElement {
  const t = document.createElement("template");
  t.innerHTML = html;
  return h("div", { class: "memo-text", dir: "auto" }, t.content);
}
