// <code-pairs>: nodes that look alike. A pair that a person knows to be two
// things is waved away; that is kept in this browser and nowhere else.
class CodePairs extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (e) => {
      const button = e.target instanceof Element ? e.target.closest<HTMLButtonElement>("[data-do]") : null;
      if (!button) return;
      const waved = this.waved();
      if (button.dataset["do"] === "again") waved.clear();
      const pair = button.closest<HTMLElement>("[data-pair]");
      const after = (pair?.nextElementSibling ?? pair?.previousElementSibling)?.querySelector<HTMLElement>('[data-do="wave"]');
      if (button.dataset["do"] === "wave" && pair) waved.add(pair.dataset["pair"]!);
      try {
        localStorage.setItem(this.key(), JSON.stringify([...waved]));
      } catch {
        // Storage is full or forbidden: waved away until the page is left.
      }
      this.draw(waved);
      (after?.checkVisibility() ? after : this.querySelector<HTMLElement>("summary"))?.focus();
    });
    this.draw(this.waved());
  }

  private key(): string {
    return `alike-${this.dataset["project"]}`;
  }

  private waved(): Set<string> {
    try {
      return new Set(JSON.parse(localStorage.getItem(this.key()) ?? "[]") as string[]);
    } catch {
      return new Set();
    }
  }

  private draw(waved: Set<string>): void {
    const pairs = Array.from(this.querySelectorAll<HTMLElement>("[data-pair]"));
    for (const p of pairs) p.hidden = waved.has(p.dataset["pair"]!);
    const away = pairs.filter((p) => p.hidden).length, left = pairs.length - away;
    const sum = this.querySelector<HTMLElement>('[data-part="sum"]');
    if (sum) sum.textContent = left === 1 ? (sum.dataset["one"] ?? "") : (sum.dataset["many"] ?? "").replace("{n}", String(left));
    this.classList.toggle("none", left === 0);
    const say = this.querySelector<HTMLElement>('[data-part="waved"]');
    const words = say?.querySelector<HTMLElement>("[data-say]");
    if (!say || !words) return;
    say.hidden = away === 0;
    words.textContent = (words.dataset["say"] ?? "").replace("{n}", String(away));
  }
}

customElements.define("code-pairs", CodePairs);
