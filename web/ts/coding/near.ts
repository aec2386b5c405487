// Which turns are near the window. Turns stand one below the other, so a binary search over their rectangles finds them; a
// turn that is skipped by content-visibility still has a rectangle, and asking for it lays nothing out.

import type { Text } from "./text";

export interface Near {
  first: number; // turns within a screen of the window
  last: number;
  top: number; // the turn at the window's top edge
}

export function near(text: Text, scroller: HTMLElement, screens = 1): Near {
  const n = text.turns.length;
  if (n === 0) return { first: 0, last: -1, top: 0 };
  const box = scroller.getBoundingClientRect();
  const find = (y: number) => {
    let lo = 0;
    let hi = n - 1;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (text.turns[mid].el.getBoundingClientRect().bottom >= y) hi = mid;
      else lo = mid + 1;
    }
    return lo;
  };
  const pad = box.height * screens;
  return { first: find(box.top - pad), last: find(box.bottom + pad), top: find(box.top + 24) };
}
