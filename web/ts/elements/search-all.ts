// <search-all>: Ctrl K looks for words in everything the project holds. The
// server draws the list; here it is only fetched as one types, and the newest
// answer wins. Without script its link leads to a page of its own.
const pause = 60; // ms without a key before the server is asked

class SearchAll extends HTMLElement {
  private dialog!: HTMLDialogElement;
  private input!: HTMLInputElement;
  private list!: HTMLElement;
  private count!: HTMLElement;
  private timer = 0;
  private asked = 0;
  private under?: AbortController;
  private drawn = ""; // what the list answers
  private off = new AbortController();

  connectedCallback(): void {
    this.dialog = this.querySelector("dialog")!;
    this.input = this.querySelector("input")!;
    this.list = this.querySelector("[role=listbox]")!;
    this.count = this.querySelector('[data-part="count"]')!;
    this.off = new AbortController();
    const signal = this.off.signal;
    this.querySelector(".search-open")!.addEventListener("click", (e) => {
      const m = e as MouseEvent;
      if (m.ctrlKey || m.metaKey || m.shiftKey || m.altKey) return;
      e.preventDefault();
      this.open();
    }, { signal });
    // Before anybody else: a browser or a page of ours may have a Ctrl K too.
    document.addEventListener("keydown", (e) => {
      if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey || e.isComposing) return;
      e.preventDefault();
      e.stopPropagation();
      if (this.dialog.open) this.input.select();
      else if (!document.querySelector("dialog[open]")) this.open();
    }, { signal, capture: true });
    this.input.addEventListener("input", () => this.plan(), { signal });
    this.dialog.addEventListener("keydown", (e) => this.key(e), { signal });
    this.dialog.addEventListener("click", (e) => this.clicked(e), { signal });
    this.dialog.addEventListener("pointermove", (e) => {
      const option = (e.target as Element).closest<HTMLElement>("[role=option]");
      if (option && (e.movementX || e.movementY)) this.mark(option, false);
    }, { signal });
    this.dialog.addEventListener("close", () => {
      this.under?.abort();
      clearTimeout(this.timer);
      this.input.value = "";
    }, { signal });
  }

  disconnectedCallback(): void {
    this.off.abort();
  }

  private open(): void {
    for (const m of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) m.open = false;
    this.list.replaceChildren();
    this.count.textContent = "";
    this.drawn = "";
    this.dialog.showModal(); // which gives the focus back when it closes
    this.input.focus();
    void this.ask();
  }

  private plan(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), pause);
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    const words = this.input.value.trim();
    const mine = ++this.asked;
    this.under?.abort();
    this.under = new AbortController();
    this.list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${this.dataset["at"]}?part=on&q=${encodeURIComponent(words)}`, { signal: this.under.signal, headers: { Accept: "text/html" }, credentials: "same-origin" });
      const text = await answer.text();
      if (mine !== this.asked) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const part = new DOMParser().parseFromString(text, "text/html").body.firstElementChild as HTMLElement;
      this.list.replaceChildren(...part.childNodes);
      this.list.scrollTop = 0;
      this.drawn = words;
      this.count.textContent = words === "" ? "" : part.dataset["count"] || this.dataset["none"] || "";
      this.mark(this.options()[0], true);
    } catch {
      if (mine !== this.asked || this.under.signal.aborted) return;
      this.count.textContent = this.dataset["failed"] ?? "";
    } finally {
      if (mine === this.asked) this.list.removeAttribute("aria-busy");
    }
  }

  private options(): HTMLElement[] {
    return Array.from(this.list.querySelectorAll<HTMLElement>("[role=option]"));
  }

  private active(): HTMLElement | undefined {
    return this.list.querySelector<HTMLElement>('[aria-selected="true"]') ?? undefined;
  }

  private mark(option: HTMLElement | undefined, scroll: boolean): void {
    for (const o of this.list.querySelectorAll('[aria-selected="true"]')) o.setAttribute("aria-selected", "false");
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    if (scroll) option.scrollIntoView({ block: "nearest" });
    if (scroll && option === this.options()[0]) this.list.scrollTop = 0;
  }

  private async key(e: KeyboardEvent): Promise<void> {
    e.stopPropagation(); // what lies under the dialog has keys of its own
    if (e.isComposing || e.keyCode === 229) return;
    const all = this.options();
    const at = all.indexOf(this.active()!);
    const to = (i: number) => {
      e.preventDefault();
      this.mark(all[i], true);
    };
    if (e.key === "ArrowDown") to((at + 1) % Math.max(all.length, 1));
    else if (e.key === "ArrowUp") to((at + all.length - 1) % Math.max(all.length, 1));
    else if (e.key === "PageDown") to(Math.min(at + 6, all.length - 1));
    else if (e.key === "PageUp") to(Math.max(at - 6, 0));
    else if (e.key === "Enter" && e.target === this.input) {
      e.preventDefault();
      // Whoever types fast means what is typed, not what the list still shows.
      if (this.drawn !== this.input.value.trim()) await this.ask();
      if (this.drawn === this.input.value.trim()) this.active()?.click();
    }
  }

  private clicked(e: MouseEvent): void {
    const target = e.target as Element;
    if (target === this.dialog || target.closest(".close")) return this.dialog.close();
    const link = target.closest<HTMLAnchorElement>("a[role=option]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    const to = new URL(link.href);
    this.dialog.close();
    // In the document that is open already one only goes there.
    if (to.pathname === location.pathname && to.hash !== "" && document.querySelector("coding-surface")) {
      e.preventDefault();
      history.pushState(history.state, "", to);
      dispatchEvent(new HashChangeEvent("hashchange"));
    }
  }
}

customElements.define("search-all", SearchAll);
