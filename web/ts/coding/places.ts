// Where characters stand on the sheet. A character's place within its turn changes only with the turn's width and the fonts, so
// it is measured once; where the turns themselves stand is asked anew for each drawing.

import type { Text } from "./text";

/** A box in pixels from the sheet's top left corner. */
export interface Place {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export class Places {
  private inTurn = new Map<number, Place>(); // offset -> from its turn's corner
  private turns = new Map<number, Place>();
  private origin: { x: number; y: number } = { x: 0, y: 0 };
  private turned = new Map<number, boolean>();

  constructor(private sheet: HTMLElement, private text: Text) {}

  /** A drawing begins: where the sheet and its turns are is not known any more. */
  begin(): void {
    const r = this.sheet.getBoundingClientRect();
    this.origin = { x: r.left, y: r.top };
    this.turns.clear();
  }

  /** Widths or fonts have changed: nothing is known any more. */
  forget(): void {
    this.inTurn.clear();
    this.turned.clear();
  }

  private box(el: Element): Place {
    const r = el.getBoundingClientRect();
    const { x, y } = this.origin;
    return { top: r.top - y, bottom: r.bottom - y, left: r.left - x, right: r.right - x };
  }

  turn(i: number): Place {
    let p = this.turns.get(i);
    if (!p) this.turns.set(i, (p = this.box(this.text.turns[i].el)));
    return p;
  }

  /** The part that holds an offset. */
  part(offset: number): Place {
    return this.box(this.text.parts[this.text.partAt(offset)].el);
  }

  /** The character at an offset. */
  at(offset: number): Place {
    const t = this.turn(this.text.turnAt(offset));
    let p = this.inTurn.get(offset);
    if (!p) {
      const r = this.text.rect(offset);
      const { x, y } = this.origin;
      p = { top: r.top - y - t.top, bottom: r.bottom - y - t.top, left: r.left - x - t.left, right: r.right - x - t.left };
      this.inTurn.set(offset, p);
    }
    return { top: p.top + t.top, bottom: p.bottom + t.top, left: p.left + t.left, right: p.right + t.left };
  }

  rtl(offset: number): boolean {
    const part = this.text.partAt(offset);
    let is = this.turned.get(part);
    if (is === undefined) this.turned.set(part, (is = this.text.rtl(offset)));
    return is;
  }
}
