// Memos on one thing: a coding, words of the document, the document. Showing them, and writing in place. What is being written
// outlives the element it is written in, since lists are drawn again while one writes.

import type { Book } from "./book";
import type { Memo } from "./data";
import { h } from "./dom";
import type { Store } from "./store";
import { say, when } from "./words";

/** What a memo hangs on: a coding or the document, or with start and stop words of the document. */
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

export class Memos {
  private drafts = new Map<string, { on: On; text: string }>();

  /** `left` is called when an editor was closed, saved or not; the list is to be drawn again. */
  constructor(private store: Store, private book: Book, private zone: string, private may: boolean, private events: MemoEvents, private left: (on: On, saved: boolean) => void) {}

  private key(on: On, m?: Memo): string {
    return `${on.id}:${on.start ?? ""}-${on.stop ?? ""}:${m?.id ?? ""}`;
  }

  /** Whether a new memo on a thing is being written. */
  writing(on: On): boolean {
    return this.drafts.has(this.key(on));
  }

  /** The words that new memos are being written on. */
  begun(): On[] {
    return [...this.drafts.entries()].filter(([k, d]) => d.on.start !== undefined && k.endsWith(":")).map(([, d]) => d.on);
  }

  /** What the list says, as a key for whoever keeps its element. */
  look(memos: Memo[]): string {
    return memos.map((m) => `${m.id}.${m.rev}`).join();
  }

  /** The memos on a thing, oldest first, with the editor of a new one while it is written. */
  list(on: On, memos: Memo[]): HTMLElement {
    const el = h("div", { class: "card-memos" }, ...memos.map((m) => this.one(on, m)));
    if (this.writing(on)) this.editor(el, on);
    return el;
  }

  /** Opens the editor of a new memo in a list made by `list`, or goes to it. */
  write(list: HTMLElement, on: On): void {
    const open = list.querySelector<HTMLTextAreaElement>(":scope > .card-editor textarea");
    (open ?? this.editor(list, on)).focus();
  }

  private one(on: On, m: Memo): HTMLElement {
    const el = h("div", { class: "card-memo" });
    if (this.drafts.has(this.key(on, m))) {
      this.editor(el, on, m);
      return el;
    }
    el.append(h("p", { dir: "auto" }, m.text), h("p", { class: "card-meta" }, h("span", { title: this.book.coders.get(m.coder)?.name }, this.book.coder(m.coder)), h("span", {}, when(m.at, this.zone))));
    if (this.may && m.coder === this.store.me) {
      const gone = async (b: HTMLButtonElement) => {
        b.disabled = true;
        await this.events.memoGone(m);
        b.disabled = false;
      };
      el.lastElementChild!.append(
        h("span", { class: "grow" }),
        h("button", { type: "button", onclick: () => { el.replaceChildren(); this.editor(el, on, m).focus(); } }, say("surface.memo.edit")),
        h("button", { type: "button", "aria-label": say("surface.memo.remove"), onclick: (e: Event) => void gone(e.currentTarget as HTMLButtonElement) }, say("surface.remove")),
      );
    }
    return el;
  }

  private editor(into: HTMLElement, on: On, m?: Memo): HTMLTextAreaElement {
    const key = this.key(on, m);
    const area = h("textarea", { rows: 3, "aria-label": say("surface.memo"), placeholder: say("surface.memo.hint"), dir: "auto" });
    area.value = this.drafts.get(key)?.text ?? m?.text ?? "";
    const note = () => this.drafts.set(key, { on, text: area.value });
    note();
    const why = h("p", { class: "card-why", role: "alert" });
    const leave = (saved: boolean) => {
      this.drafts.delete(key);
      this.left(on, saved);
    };
    const save = async () => {
      const words = area.value.trim();
      if (!words) return leave(false);
      area.disabled = keep.disabled = true;
      why.textContent = "";
      try {
        await this.events.memo(on, m, words);
        leave(true);
      } catch (e) {
        why.textContent = e instanceof Error && e.message ? e.message : say("surface.memo.failed");
        area.disabled = keep.disabled = false;
        area.focus();
      }
    };
    const keep = h("button", { type: "button", class: "go", onclick: () => void save() }, say("surface.memo.save"));
    area.addEventListener("input", note);
    area.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        void save();
      } else if (e.key === "Escape") {
        e.preventDefault();
        leave(false);
      }
    });
    into.append(h("div", { class: "card-editor" }, area, why, h("div", { class: "card-acts" }, keep, h("button", { type: "button", onclick: () => leave(false) }, say("surface.cancel")), h("span", { class: "surface-soft" }, h("kbd", {}, "Ctrl ↵")))));
    return area;
  }
}
