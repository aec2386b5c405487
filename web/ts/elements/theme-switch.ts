// <theme-switch>: light, dark, or as on the device. The choice is this
// browser's alone; it is the only thing the storage holds for pages.
class ThemeSwitch extends HTMLElement {
  connectedCallback(): void {
    this.hidden = false;
    this.addEventListener("click", (e) => {
      const b = e.target instanceof Element ? e.target.closest("button") : null;
      if (b) this.choose(b.value);
    });
    this.show();
  }

  private choose(theme: string): void {
    try {
      if (theme === "light" || theme === "dark") localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
    if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
    for (const s of document.querySelectorAll<ThemeSwitch>("theme-switch")) s.show();
  }

  private show(): void {
    const now = document.documentElement.dataset["theme"] ?? "auto";
    for (const b of this.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.value === now));
  }
}

customElements.define("theme-switch", ThemeSwitch);
