// Words, sentences and letters of one part of a turn, and snapping to them. Offsets here are UTF-16, within the part.

export type Bounds = [number, number];

const segmenters = new Map<string, Intl.Segmenter>();

function segmenter(lang: string, granularity: "word" | "sentence" | "grapheme"): Intl.Segmenter {
  const key = lang + "/" + granularity;
  let s = segmenters.get(key);
  if (!s) {
    try {
      s = new Intl.Segmenter(lang || undefined, { granularity });
    } catch {
      s = new Intl.Segmenter(undefined, { granularity });
    }
    segmenters.set(key, s);
  }
  return s;
}

// The segmenter ends a sentence after these. Lower case, without the full stop. Titles and firms stand before a name, so
// a capital after them says nothing; the others end a sentence only when a capital follows.
const before: Record<string, string[]> = {
  en: ["dr", "mr", "mrs", "ms", "prof", "st", "no", "vs", "gen", "rev", "hon", "capt", "fig", "e.g", "i.e", "cf", "al"],
  id: ["dr", "drs", "dra", "pt", "cv", "tn", "ny", "nn", "sdr", "sdri", "prof", "ir", "hj", "h", "jl", "jln", "gg", "kec", "kab", "kel", "no", "tbk", "rp", "bpk", "yth", "a.n", "u.p", "d.a"],
};

function joins(head: string, lang: string): boolean {
  const m = /([\p{L}.]+)\.\s*$/u.exec(head);
  if (!m) return false;
  const w = m[1].toLowerCase();
  if (/^\p{L}$/u.test(w) && w !== "i") return true; // an initial: "J. Suryani"
  const list = before[lang.slice(0, 2)] ?? [];
  // Interviews mix the two languages, so each knows the other's titles as well.
  return list.includes(w) || before.en.slice(0, 6).includes(w) || before.id.slice(0, 9).includes(w);
}

/** Every word of a text (white space and punctuation left out), in order. */
export function words(text: string, lang: string): Bounds[] {
  const out: Bounds[] = [];
  for (const s of segmenter(lang, "word").segment(text)) {
    if (s.isWordLike || /\p{Extended_Pictographic}/u.test(s.segment)) out.push([s.index, s.index + s.segment.length]);
  }
  if (out.length === 0 && text.trim() !== "") {
    const [a, b] = trim(text, 0, text.length);
    out.push([a, b]);
  }
  return out;
}

/** Every sentence of a text, without the white space around it, in order. */
export function sentences(text: string, lang: string): Bounds[] {
  const out: Bounds[] = [];
  let open = -1;
  for (const s of segmenter(lang, "sentence").segment(text)) {
    if (open < 0) open = s.index;
    const end = s.index + s.segment.length;
    if (end < text.length && joins(text.slice(open, end), lang)) continue;
    const [a, b] = trim(text, open, end);
    if (b > a) out.push([a, b]);
    open = -1;
  }
  if (open >= 0) {
    const [a, b] = trim(text, open, text.length);
    if (b > a) out.push([a, b]);
  }
  return out;
}

/** Every letter (grapheme) of a text, in order. */
export function letters(text: string, lang: string): Bounds[] {
  return [...segmenter(lang, "grapheme").segment(text)].map((s) => [s.index, s.index + s.segment.length]);
}

/** The bounds without white space at either end; empty at the start when there is nothing else. */
export function trim(text: string, start: number, stop: number): Bounds {
  while (start < stop && /\s/u.test(text[start])) start++;
  while (stop > start && /\s/u.test(text[stop - 1])) stop--;
  return [start, stop];
}

/** The bounds grown so that no grapheme is cut. */
export function whole(text: string, start: number, stop: number, lang: string): Bounds {
  if (stop <= start) return [start, stop];
  const seg = segmenter(lang, "grapheme").segment(text);
  const a = start < text.length ? seg.containing(start) : undefined;
  if (a) start = a.index;
  const b = stop > 0 && stop <= text.length ? seg.containing(stop - 1) : undefined;
  if (b) stop = b.index + b.segment.length;
  return [start, stop];
}

function isWord(s: Intl.SegmentData | undefined): s is Intl.SegmentData {
  return !!s && s.isWordLike === true;
}

/** The bounds trimmed, then grown to whole words and whole graphemes. Punctuation at an end stays as it was taken. */
export function snap(text: string, start: number, stop: number, lang: string): Bounds {
  [start, stop] = trim(text, start, stop);
  if (stop <= start) return [start, stop];
  const seg = segmenter(lang, "word").segment(text);
  const a = seg.containing(start);
  if (isWord(a)) start = a.index;
  const b = seg.containing(stop - 1);
  if (isWord(b)) stop = b.index + b.segment.length;
  return whole(text, start, stop, lang);
}

/** The place of the unit that holds an offset, else of the last one before it, else 0. -1 where there are none. */
export function unitAt(list: Bounds[], offset: number): number {
  let lo = 0;
  let hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (list[mid][0] <= offset) lo = mid + 1;
    else hi = mid;
  }
  if (list.length === 0) return -1;
  return Math.max(0, lo - 1);
}
