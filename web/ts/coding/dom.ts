// Making elements without strings of HTML.

type Value = string | number | boolean | undefined | null | ((e: never) => void);

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Record<string, Value> = {},
  ...kids: (globalThis.Node | string | null | undefined | false)[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) {
    if (v === undefined || v === null || v === false) continue;
    if (typeof v === "function") el.addEventListener(k.replace(/^on/, ""), v as EventListener);
    else el.setAttribute(k, v === true ? "" : String(v));
  }
  for (const k of kids) if (k) el.append(k);
  return el;
}

/** A square in a code's colour and pattern; says nothing to a screen reader, since the name stands beside it. */
export function dot(colour: number, pattern: number): HTMLElement {
  return h("i", { class: "swatch", "data-hue": colour, "data-pattern": pattern, "aria-hidden": "true" });
}

const placed = new WeakMap<HTMLElement, Record<string, number>>();

/** Sets places and sizes in pixels, those that have changed. Whoever takes one away by other means calls unplaced. */
export function px(el: HTMLElement, style: Record<string, number>): void {
  let had = placed.get(el);
  if (!had) placed.set(el, (had = {}));
  for (const k in style) {
    const v = Math.round(style[k] * 10) / 10;
    if (had[k] === v) continue;
    had[k] = v;
    el.style.setProperty(k, `${v}px`);
  }
}

export function unplaced(el: HTMLElement, ...names: string[]): void {
  for (const k of names) el.style.removeProperty(k);
  placed.delete(el);
}

/** An element only screen readers meet. */
export function hidden(el: HTMLElement): HTMLElement {
  el.classList.add("surface-away");
  return el;
}
