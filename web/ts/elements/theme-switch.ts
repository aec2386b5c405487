// <theme-switch>: light, dark, or as on the device. The choice is this
// browser's alone; it stands in a cookie, so that pages come as chosen.
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
    const one = theme === "light" || theme === "dark";
    document.cookie = `theme=${one ? theme : ""}; path=/; samesite=lax; max-age=${one ? 31536000 : 0}${location.protocol === "https:" ? "; secure" : ""}`;
    if (one) document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
    for (const s of document.querySelectorAll<ThemeSwitch>("theme-switch")) s.show();
  }

  private show(): void {
    const now = document.documentElement.dataset["theme"] ?? "auto";
    for (const b of this.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.value === now));
  }
}

customElements.define("theme-switch", ThemeSwitch);
