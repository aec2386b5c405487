// Menus are <details class="menu">. They close on Escape, which gives the focus
// back, on a click elsewhere, and when the focus goes elsewhere. A dialog that
// lies over a menu leaves it open: its Escape is not the menu's.
export function followMenus(): void {
  const reach = (target: EventTarget | null) => {
    const dialog = target instanceof Element ? target.closest("dialog") : null;
    return [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")].filter((m) => !dialog || dialog.contains(m));
  };
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const m of reach(e.target)) {
      const within = m.contains(document.activeElement);
      m.open = false;
      if (within) m.querySelector("summary")?.focus();
    }
  });
  const leave = (e: Event) => {
    for (const m of reach(e.target)) if (e.target instanceof Node && !m.contains(e.target)) m.open = false;
  };
  document.addEventListener("pointerdown", leave);
  document.addEventListener("focusin", leave);
}
