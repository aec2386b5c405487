// <live-parts>: draws parts of a page again when somebody else, or another
// window of the same person, changed what they show. It waits while a part is
// being worked in, and holds no connection while the window is hidden.
import { isDirty, isOwn, refresh } from "../lib/parts";

interface Entry {
  seq: number;
  change: string;
  codings: { new: unknown[]; set: unknown[]; gone: unknown[] };
  touched: string[];
}

const together = 500; // ms in which several entries are drawn as one
const apart = 3000; // ms between two drawings

class LiveParts extends HTMLElement {
  private stream: EventSource | null = null;
  private seq = 0;
  private due = false;
  private timer = 0;
  private drawn = 0;

  connectedCallback(): void {
    this.seq = Number(this.dataset["after"]);
    document.addEventListener("visibilitychange", this.listen);
    addEventListener("pagehide", this.close);
    addEventListener("pageshow", this.listen);
    this.listen();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.listen);
    removeEventListener("pagehide", this.close);
    removeEventListener("pageshow", this.listen);
    this.close();
  }

  private close = (): void => {
    this.stream?.close();
    this.stream = null;
    clearTimeout(this.timer);
  };

  private listen = (): void => {
    if (document.hidden) return this.close();
    if (this.due) this.plan(together);
    if (this.stream) return;
    this.stream = new EventSource(`${this.dataset["stream"]}?after=${this.seq}`);
    this.stream.addEventListener("entry", (e: MessageEvent<string>) => this.take(JSON.parse(e.data) as Entry));
    this.stream.addEventListener("reset", (e: MessageEvent<string>) => {
      this.seq = Math.max(this.seq, Number(e.data));
      this.plan(together);
    });
  };

  private take(e: Entry): void {
    this.seq = Math.max(this.seq, e.seq);
    if (isOwn(e.change)) return;
    const sorts = (this.dataset["touched"] ?? "").split(" ").filter(Boolean);
    const coded = e.codings.new.length + e.codings.set.length + e.codings.gone.length > 0;
    if (sorts.length > 0 && !(coded && sorts.includes("codings")) && !e.touched.some((t) => sorts.includes(t))) return;
    this.plan(together);
  }

  private plan(wait: number): void {
    this.due = true;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.draw(), Math.max(wait, this.drawn + apart - Date.now()));
  }

  private async draw(): Promise<void> {
    const parts = (this.dataset["parts"] ?? "").split(" ").filter((id) => document.getElementById(id));
    const free = parts.filter((id) => !busy(document.getElementById(id)!));
    this.due = free.length < parts.length;
    this.drawn = Date.now();
    await refresh(free, location.href, true);
    if (this.due) this.plan(apart);
  }
}

// busy tells whether drawing a part again would take something out of the
// person's hands: typed words, an open menu, a row on its way.
function busy(part: HTMLElement): boolean {
  if (isDirty(part) || part.querySelector(":popover-open, dialog[open], .dragged, input.rename, file-preview, [aria-busy='true'], form[data-sending]")) return true;
  if (document.querySelector("dialog[open]")) return true;
  const field = document.activeElement;
  return part.contains(field) && (field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement || (field instanceof HTMLInputElement && field.type !== "checkbox"));
}

customElements.define("live-parts", LiveParts);
