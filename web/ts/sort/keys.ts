// What the keys of the queue do, wherever in it the focus is.

export interface KeyEvents {
  undo(): void;
  digit(n: number): void;
  keep(): void;
  back(): void;
  step(by: number): void;
  open(): void;
  add(): void;
  split(): void;
  help(): void;
}

export function listen(el: HTMLElement, may: { code: boolean; split: boolean }, events: KeyEvents): void {
  el.addEventListener("keydown", (e) => {
    const t = e.target as Element;
    if (e.defaultPrevented || e.isComposing || e.altKey || t.closest("dialog, textarea, select, input:not([type=checkbox])")) return;
    if ((e.key === "Enter" || e.key === " ") && t.closest("a, button, input")) return;
    const does = meant(e, may, events);
    if (!does) return;
    does();
    e.preventDefault();
    e.stopPropagation();
  });
}

function meant(e: KeyboardEvent, may: { code: boolean; split: boolean }, events: KeyEvents): (() => void) | undefined {
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (e.ctrlKey || e.metaKey) return key === "z" && !e.shiftKey ? () => events.undo() : undefined;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code)?.[1];
  if (digit !== undefined && !e.shiftKey) return () => events.digit(Number(digit));
  if (key === " ") return () => events.keep();
  if (key === "Backspace") return () => events.back();
  const by = ["j", "ArrowDown", "ArrowRight"].includes(key) ? 1 : ["k", "ArrowUp", "ArrowLeft"].includes(key) ? -1 : 0;
  // Shift with an arrow moves the page, for segments longer than the window.
  if (by) return e.shiftKey && key.startsWith("Arrow") ? () => scrollBy({ top: by * innerHeight * 0.5 }) : () => events.step(by);
  if (key === "Enter") return () => events.open();
  if (key === "a" && may.code) return () => events.add();
  if (key === "s" && may.split) return () => events.split();
  if (key === "?") return () => events.help();
  return undefined;
}
