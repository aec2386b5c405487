// Finding codes by a few letters. Pure.

const marks = /\p{M}/gu;

/** Lower case, without diacritics. */
export function fold(s: string): string {
  return s.normalize("NFD").replace(marks, "").toLowerCase();
}

/** Where the letters of a query were found, or nothing. The higher the score the better. */
export interface Match {
  score: number;
  at: number[]; // offsets in the text, as many as letters matched
}

/**
 * The query's letters in order, each at the beginning of a word or right after the one before. "hsg" finds "HS code
 * Guesswork", "guess" finds it too, "ode" does not unless as a plain part of the text, which counts for less.
 */
export function match(query: string, text: string): Match | undefined {
  const q = fold(query).replace(/\s+/g, " ").trim();
  if (q === "") return { score: 0, at: [] };
  // Folding letter by letter keeps the offsets of the text.
  const chars = [...text];
  const f: string[] = chars.map((c) => fold(c) || "\u0000");
  const offset: number[] = [];
  let o = 0;
  for (const c of chars) {
    offset.push(o);
    o += c.length;
  }
  const head = (i: number) => i === 0 || !/[\p{L}\p{N}]/u.test(chars[i - 1]);
  const want = [...q];
  const plain = f.join("").indexOf(q);
  let best: Match | undefined;
  const walk = (qi: number, from: number, at: number[], score: number, steps: { n: number }): void => {
    if (steps.n++ > 2000) return;
    if (qi === want.length) {
      if (!best || score > best.score) best = { score, at: at.map((i) => offset[i]) };
      return;
    }
    if (want[qi] === " ") return walk(qi + 1, from, at, score, steps);
    for (let i = from; i < f.length; i++) {
      if (f[i] !== want[qi]) continue;
      const next = at.length > 0 && i === at[at.length - 1] + 1 && want[qi - 1] !== " ";
      if (!next && !head(i)) continue;
      walk(qi + 1, i + 1, [...at, i], score + (next ? 6 : 3) + (i === 0 ? 8 : 0) - (at.length ? 0 : i * 0.05), steps);
    }
  };
  walk(0, 0, [], 0, { n: 0 });
  if (!best && plain >= 0 && want.length > 1) {
    best = { score: 1, at: want.map((_, i) => plain + i).filter((i) => i < text.length) };
  }
  if (best) best.score += 10 * (want.length / Math.max(want.length, chars.length));
  return best;
}

export interface Named {
  id: number;
  name: string;
  theme: string;
  definition: string;
  /** Names of what was merged into it. */
  former?: string[];
}

export interface Found<T> {
  item: T;
  score: number;
  at: number[]; // letters found in the name
  was?: string; // the former name that answered
}

/** The codes that answer a query, best first: by name, then by what was merged into them, then by name and theme together, then by definition. */
export function find<T extends Named>(query: string, codes: T[], limit = 50): Found<T>[] {
  const out: Found<T>[] = [];
  for (const item of codes) {
    const n = match(query, item.name);
    if (n) {
      out.push({ item, score: 100 + n.score, at: n.at });
      continue;
    }
    let was: { name: string; score: number } | undefined;
    for (const name of item.former ?? []) {
      const m = match(query, name);
      if (m && (!was || m.score > was.score)) was = { name, score: m.score };
    }
    if (was) {
      out.push({ item, score: 70 + was.score / 4, at: [], was: was.name });
      continue;
    }
    const t = match(query, item.theme + " " + item.name);
    if (t) {
      out.push({ item, score: 50 + t.score, at: [] });
      continue;
    }
    const q = fold(query).trim();
    if (q.length > 2 && fold(item.definition).includes(q)) out.push({ item, score: 1, at: [] });
  }
  return out.sort((a, b) => b.score - a.score).slice(0, limit);
}
