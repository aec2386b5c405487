// Code points and UTF-16, and the check of a segment's words. Pure.

const surrogate = /[\uD800-\uDFFF]/;

/** A two-way table between UTF-16 and code points for one text; costs nothing where the two agree. */
export class Offsets {
  readonly length: number; // in code points
  private at: Uint32Array | undefined; // UTF-16 offset of each code point, and of the end

  constructor(text: string) {
    if (!surrogate.test(text)) {
      this.length = text.length;
      return;
    }
    const at: number[] = [];
    let i = 0;
    while (i < text.length) {
      at.push(i);
      i += text.codePointAt(i)! > 0xffff ? 2 : 1;
    }
    at.push(text.length);
    this.at = Uint32Array.from(at);
    this.length = at.length - 1;
  }

  /** The UTF-16 offset of a code point. */
  utf16(point: number): number {
    const p = Math.max(0, Math.min(point, this.length));
    return this.at ? this.at[p] : p;
  }

  /** The code point at a UTF-16 offset; half a pair counts as its beginning. */
  point(utf16: number): number {
    if (!this.at) return Math.max(0, Math.min(utf16, this.length));
    let lo = 0;
    let hi = this.at.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.at[mid] <= utf16) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  }
}

/** FNV-1a, 32 bit, over the UTF-8 bytes of the words, as an unsigned number. */
export function check(words: string): number {
  let h = 0x811c9dc5;
  for (const b of new TextEncoder().encode(words)) {
    h ^= b;
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}
