// Buttons that open the browser's print dialog. Without a script they stay
// hidden: the browser prints by itself.
export function followPrints(): void {
  for (const b of document.querySelectorAll<HTMLElement>("[data-print][hidden]")) {
    b.hidden = false;
    b.addEventListener("click", () => window.print());
  }
}
