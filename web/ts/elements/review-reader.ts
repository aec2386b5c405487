// Reading segments by keys: J and K go from one to the next, R remarks on the one in focus, O opens it in its document. The page
// of a theme and the review share it. On <review-reader> nothing else can be done to a segment.
import { fetchPage } from "../lib/parts";

const segments = "[data-passage]";

/** Goes through the segments under root by keys, and makes its links for remarks, folding and more segments work in place. */
export class Reading {
  constructor(private root: HTMLElement) {
    root.addEventListener("click", this.clicked);
    document.addEventListener("keydown", this.key);
    document.addEventListener("anyam:sent", this.sent);
    const fold = root.querySelector<HTMLButtonElement>("[data-fold-all]");
    if (fold) {
      fold.hidden = false;
      this.foldWord(fold);
    }
  }

  end(): void {
    this.root.removeEventListener("click", this.clicked);
    document.removeEventListener("keydown", this.key);
    document.removeEventListener("anyam:sent", this.sent);
  }

  private get all(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(segments)];
  }

  /** The segment that has the focus or holds it. */
  current(): HTMLElement | null {
    return document.activeElement?.closest<HTMLElement>(segments) ?? null;
  }

  private key = (e: KeyboardEvent): void => {
    if (this.root.dataset["letters"] !== "on" || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.querySelector("dialog[open]")) return;
    const at = e.target;
    if (at instanceof HTMLElement && (at.closest("input, textarea, select, [contenteditable]") || at.closest("details.menu[open]"))) return;
    const k = e.key.toLowerCase();
    if (k === "j" || k === "k") {
      e.preventDefault();
      void this.go(k === "j" ? 1 : -1);
    } else if (k === "r") {
      const s = this.current();
      if (!this.root.querySelector("#remark-new")) return;
      e.preventDefault();
      this.remark(s?.dataset["passage"] ?? "", s?.dataset["place"] ?? "");
    } else if (k === "o") {
      const open = this.current()?.querySelector<HTMLAnchorElement>("a.open");
      if (!open) return;
      e.preventDefault();
      open.click();
    }
  };

  private async go(by: number): Promise<void> {
    const all = this.all;
    const now = this.current();
    let i = now ? all.indexOf(now) + by : all.findIndex((s) => s.getBoundingClientRect().bottom > 120);
    if (i >= all.length && (await this.more())) return void this.go(by);
    i = Math.max(0, Math.min(i, all.length - 1));
    const to = all[i];
    if (!to) return;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  }

  /** Chooses what the next remark is on, and goes to where it is written. */
  private remark(on: string, place: string): void {
    const select = this.root.querySelector<HTMLSelectElement>("#remark-on");
    const text = this.root.querySelector<HTMLTextAreaElement>("#remark-text");
    if (!select || !text) return;
    if (on) {
      if (![...select.options].some((o) => o.value === on)) select.add(new Option(place, on));
      select.value = on;
    }
    text.focus();
    text.scrollIntoView({ block: "center" });
  }

  private clicked = (e: MouseEvent): void => {
    if (!(e.target instanceof Element) || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const remark = e.target.closest<HTMLElement>("a[data-remark]");
    if (remark) {
      e.preventDefault();
      const s = remark.closest<HTMLElement>(segments);
      return this.remark(remark.dataset["remark"]!, s?.dataset["place"] ?? remark.textContent ?? "");
    }
    if (e.target.closest("a[data-more]")) {
      e.preventDefault();
      return void this.more(true);
    }
    const fold = e.target.closest<HTMLButtonElement>("[data-fold-all]");
    if (fold) {
      const open = !this.unfolded();
      for (const d of this.root.querySelectorAll<HTMLDetailsElement>(".passages details.around")) d.open = open;
      this.foldWord(fold);
    }
  };

  private unfolded(): boolean {
    const all = [...this.root.querySelectorAll<HTMLDetailsElement>(".passages details.around")];
    return all.length > 0 && all.every((d) => d.open);
  }

  private foldWord(fold: HTMLButtonElement): void {
    fold.textContent = (this.unfolded() ? fold.dataset["shut"] : fold.dataset["open"]) ?? "";
  }

  /** Puts the next segments below those that are there. */
  private async more(focus = false): Promise<boolean> {
    const link = this.root.querySelector<HTMLAnchorElement>("a[data-more]");
    if (!link || link.getAttribute("aria-busy") === "true") return false;
    link.setAttribute("aria-busy", "true");
    const unfolded = this.unfolded();
    const page = await fetchPage(link.href.replace(/#.*/, ""));
    link.removeAttribute("aria-busy");
    const groups = this.root.querySelector("#theme-groups");
    if (!page || !groups) return false;
    let first: HTMLElement | null = null;
    for (const g of page.querySelectorAll<HTMLElement>("#theme-groups > [data-group]")) {
      const fresh = [...g.querySelectorAll<HTMLElement>(segments)].filter((s) => !document.getElementById(s.id));
      for (const s of fresh) if (unfolded) s.querySelectorAll<HTMLDetailsElement>("details.around").forEach((d) => (d.open = true));
      first ??= fresh[0] ?? null;
      const last = groups.lastElementChild;
      if (last instanceof HTMLElement && last.dataset["group"] === g.dataset["group"]) last.querySelector("ol")?.append(...fresh);
      else groups.append(g);
    }
    const next = page.querySelector("#theme-next");
    const pager = this.root.querySelector("#theme-next");
    if (next && pager) pager.replaceWith(next);
    else pager?.remove();
    document.dispatchEvent(new CustomEvent("anyam:more"));
    if (focus) first?.focus({ preventScroll: true });
    return true;
  }

  // A remark that was made: the field is for the next one. What was opened to write in closes.
  private sent = (e: Event): void => {
    const { form } = (e as CustomEvent<{ form: HTMLFormElement }>).detail;
    if (!this.root.contains(form)) return;
    const fold = form.closest<HTMLDetailsElement>("details[data-close-sent]");
    if (fold) {
      fold.open = false;
      fold.querySelector("summary")?.focus({ preventScroll: true });
    }
    if (form.id === "remark-new" || fold) for (const t of form.querySelectorAll("textarea")) if (!form.classList.contains("node-form")) t.value = t.defaultValue = "";
  };
}

class ReviewReader extends HTMLElement {
  private reading: Reading | null = null;

  connectedCallback(): void {
    this.reading = new Reading(this);
  }

  disconnectedCallback(): void {
    this.reading?.end();
  }
}

customElements.define("review-reader", ReviewReader);
