// Checks of the pure parts. `check(seed)` runs them all and returns what failed, one sentence each; nothing means that all
// held. The browser tests bundle this file and call it.

import type { Coding, CodingRow, Entry } from "./data";
import { Index, innermost, lanes, pack, type Stripe, union } from "./intervals";
import { find, match } from "./match";
import { check as sum, Offsets } from "./offsets";
import { learn, type Op, unnumbered, wordless } from "./ops";
import { letGo, reach, take } from "./sentences";
import { Store } from "./store";
import * as units from "./units";

/** Numbers from a seed (mulberry32), so that a failure can be had again. */
function dice(seed: number): (n: number) => number {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) % n) | 0;
  };
}

const scripts = ["a", "Z", " ", ".", "é", "e\u0301", "👩🏽‍💻", "🇮🇩", "كنت", "报关", "काग़ज़", "ไทย", "\u200d", "\n", "ponsel", "𝔸"];

export function run(seed = 1): string[] {
  const failed: string[] = [];
  const roll = dice(seed);
  const hold = (ok: boolean, what: string) => {
    if (!ok && failed.length < 50) failed.push(`${what} (seed ${seed})`);
  };
  const same = (a: unknown, b: unknown, what: string) => hold(JSON.stringify(a) === JSON.stringify(b), `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  const words = () => Array.from({ length: roll(30) }, () => scripts[roll(scripts.length)]).join("");

  // Offsets: code points and UTF-16 go there and back.
  for (let i = 0; i < 300; i++) {
    const text = words();
    const points = [...text];
    const t = new Offsets(text);
    same(t.length, points.length, "length in code points");
    const p = roll(points.length + 1);
    same(t.utf16(p), points.slice(0, p).join("").length, "code point to UTF-16");
    same(t.point(t.utf16(p)), p, "and back");
  }
  same(sum(""), 2166136261, "FNV-1a of nothing");
  same(sum("a"), 0xe40c292c, "FNV-1a of a");
  same(sum("foobar"), 0xbf9cf968, "FNV-1a of foobar");

  // Units: sentences, words, snapping.
  const cut = (text: string, list: units.Bounds[]) => list.map(([a, b]) => text.slice(a, b));
  const en = "Dr. Sari came. She left.";
  same(cut(en, units.sentences(en, "en")), ["Dr. Sari came.", "She left."], "a title ends no sentence");
  const id = "Kata Dr. Sari dari PT. Maju itu biasa. Lalu selesai.";
  same(cut(id, units.sentences(id, "id")), ["Kata Dr. Sari dari PT. Maju itu biasa.", "Lalu selesai."], "titles and firms in Indonesian");
  const cr = "The prawn crackers went under one number.";
  same(cr.slice(...units.snap(cr, 12, 37, "en")), "crackers went under one number", "snapping grows to words");
  same("ab 👩🏽‍💻 cd".slice(...units.whole("ab 👩🏽‍💻 cd", 4, 6, "en")), "👩🏽‍💻", "half an emoji grows to the whole");
  for (let i = 0; i < 300; i++) {
    const text = words();
    const a = roll(text.length + 1);
    const b = a + roll(text.length - a + 1);
    const [x, y] = units.snap(text, a, b, "id");
    const [t0, t1] = units.trim(text, a, b);
    hold(t1 <= t0 || (x <= t0 && y >= t1), "snapping loses no words");
    same(units.snap(text, x, y, "id"), [x, y], "snapping twice is snapping once");
    let end = 0;
    for (const [s, e] of units.sentences(text, "id")) {
      hold(s >= end && e > s && text.slice(end, s).trim() === "", "sentences follow one another and leave only blanks out");
      end = e;
    }
    hold(text.slice(end).trim() === "", "the last sentence goes to the end");
  }

  // Sentences that are taken: kept as spans, they are the same as a plain set of sentences.
  for (let i = 0; i < 200; i++) {
    let text = " ".repeat(roll(3));
    const all = Array.from({ length: 1 + roll(12) }, () => {
      const start = text.length;
      text += "x".repeat(1 + roll(6)) + ".";
      const s = { start, stop: text.length };
      text += [" ", "\n", "", "  \n "][roll(4)];
      return s;
    });
    const blank = (a: number, b: number) => text.slice(a, b).trim() === "";
    const trim = (s: { start: number; stop: number }) => {
      const [start, stop] = units.trim(text, s.start, s.stop);
      return stop > start ? { start, stop } : undefined;
    };
    const plain = new Set<number>();
    let taken: { start: number; stop: number }[] = [];
    for (let k = 0; k < 20; k++) {
      const n = roll(all.length);
      if (plain.has(n)) {
        plain.delete(n);
        taken = letGo(taken, all[n], trim);
      } else if (roll(3) > 0) {
        plain.add(n);
        taken = take(taken, all[n], blank);
      } else {
        const was = [...plain];
        taken = reach(taken, all[n], blank);
        // To whichever of the two nearest runs: by letters it may be another one than by sentences.
        const got = all.flatMap((s, j) => (taken.some((t) => t.start <= s.start && t.stop >= s.stop) ? [j] : []));
        hold(got.includes(n) && was.every((j) => got.includes(j)), "reaching a sentence takes it and loses none");
        hold(got.filter((j) => !plain.has(j)).every((j, x, l) => x === 0 || l[x - 1] + 1 === j), "what is reached is one run");
        for (const j of got) plain.add(j);
      }
      const runs: { start: number; stop: number }[] = [];
      for (const j of [...plain].sort((a, b) => a - b)) {
        if (plain.has(j - 1)) runs[runs.length - 1].stop = all[j].stop;
        else runs.push({ ...all[j] });
      }
      same(taken, runs, "taken sentences that follow one another are one span");
    }
  }

  // Intervals against the plain way.
  for (let i = 0; i < 200; i++) {
    const all = Array.from({ length: roll(40) }, (_, id) => {
      const start = roll(100);
      return { id, start, stop: start + 1 + roll(30) };
    });
    const ix = new Index(all);
    const a = roll(130);
    const b = a + 1 + roll(20);
    const ids = (l: { id: number }[]) => l.map((s) => s.id).sort((p, q) => p - q);
    same(ids(ix.over(a, b)), ids(all.filter((s) => s.start < b && s.stop > a)), "those over a stretch");
    const parts = innermost(all, a, b);
    for (let at = a; at < b; at++) {
      const there = all.filter((s) => s.start <= at && at < s.stop);
      const said = parts.filter((s) => s.start <= at && at < s.stop);
      const least = Math.min(...there.map((s) => s.stop - s.start));
      hold(there.length === 0 ? said.length === 0 : said.length === 1 && said[0].item.stop - said[0].item.start === least, "the innermost is the shortest, once at each place");
    }
    const l = lanes(ix.all, 3);
    for (const p of all) for (const q of all) if (p !== q && l.get(p)! >= 0 && l.get(p) === l.get(q)) hold(p.stop <= q.start || q.stop <= p.start, "underlines in a lane never overlap");
    const u = union(all);
    for (let at = 0; at < 131; at++) hold(u.some((s) => s.start <= at && at < s.stop) === all.some((s) => s.start <= at && at < s.stop), "a union covers the same characters");
    const stripes: Stripe[] = all.map((s) => ({ id: s.id, top: s.start, bottom: s.stop }));
    const first = pack(stripes, new Map(), 8);
    for (const p of stripes) for (const q of stripes) if (p !== q && first.lane.get(p.id)! < 8 && first.lane.get(p.id) === first.lane.get(q.id)) hold(p.bottom < q.top || q.bottom < p.top, "stripes in a lane never touch");
    const again = pack([...stripes, { id: 1000, top: roll(100), bottom: 100 + roll(30) }], first.lane, 8);
    for (const p of stripes) if (first.lane.get(p.id)! < 8) same(again.lane.get(p.id), first.lane.get(p.id), "a newcomer moves no stripe");
  }

  // The store: entries in any order, with or without the answer, end in the same view.
  for (let i = 0; i < 100; i++) {
    const base: CodingRow[] = Array.from({ length: 5 }, (_, k) => [k + 1, 10 + roll(3), 2 + roll(2), k * 10, k * 10 + 5, 0, 1]);
    const log: Entry[] = [];
    const live = new Map(base.map((r) => [r[0], r]));
    for (let k = 0; k < 12; k++) {
      const seq = 10 + k;
      const ids = [...live.keys()];
      const kind = roll(3);
      const e: Entry = { seq, change: "c" + seq, coder: 2, at: 0, codings: {} };
      if (kind === 0 || ids.length === 0) e.codings!.new = [[100 + seq, 11, 2, roll(50), 60, 0, seq]];
      else {
        const r = live.get(ids[roll(ids.length)])!;
        if (kind === 1) e.codings!.set = [[r[0], 12, r[2], r[3], r[4] + 1, r[5], r[6]]];
        else e.codings!.gone = [r[0]];
      }
      for (const r of [...(e.codings!.new ?? []), ...(e.codings!.set ?? [])]) live.set(r[0], r);
      for (const g of e.codings!.gone ?? []) live.delete(g);
      log.push(e);
    }
    const view = (s: Store) => s.view().map((c: Coding) => [c.id, c.code, c.start, c.stop]).sort((a, b) => a[0] - b[0]);
    const plain = new Store(2);
    plain.load(9, base, []);
    for (const e of log) plain.entry(e);
    const pending: Op[] = [
      { change: "c12", kind: "remove", codings: [1] },
      { change: "c15", kind: "apply", version: 1, spans: [{ start: 1, stop: 2, check: 0 }], code: 11, temp: -1, at: 0 },
    ];
    const mixed = new Store(2, pending);
    mixed.load(9, base, []);
    mixed.moved();
    hold(mixed.numbers(1) < -1, "a number that waits is not given again");
    for (const e of [...log].sort(() => roll(3) - 1)) {
      const waits = pending.findIndex((o) => o.change === e.change);
      if (waits >= 0) pending.splice(waits, 1); // as the outbox does
      mixed.moved();
      mixed.entry(e);
      if (roll(2)) mixed.entry(e);
    }
    same(view(mixed), view(plain), "entries in another order, twice, with operations on their way");
  }
  const waits: Op[] = [];
  const s = new Store(2, waits);
  s.load(1, [[1, 10, 2, 0, 5, 0, 1]], []);
  waits.push({ change: "x", kind: "code", codings: [1], code: 11 });
  s.moved();
  same(s.get(1)?.code, 11, "an operation shows at once");
  waits.pop();
  s.moved();
  same(s.get(1)?.code, 10, "dropping it is the rollback");

  // Operations that hang together: what has no number yet gets it from the answer before.
  const at = (start: number, stop: number) => ({ start, stop, check: 7 });
  const apply: Op = { change: "a", kind: "apply", version: 1, spans: [at(0, 5), at(8, 9)], code: -1000, name: "Pasar", invivo: true, parent: 0, temp: -2, at: 0 };
  const later: Op[] = [
    { change: "b", kind: "apply", version: 1, spans: [at(3, 4)], code: -1000, temp: -3, at: 0 },
    { change: "c", kind: "code", codings: [-1, 4], code: -1000 },
    { change: "d", kind: "span", coding: -2, span: at(1, 2) },
    { change: "e", kind: "remove", codings: [-2, -3] },
    { change: "f", kind: "remove", codings: [4] },
  ];
  same(later.map(unnumbered), [true, true, true, true, false], "what waits for a number is known");
  hold(!unnumbered(apply), "a code with a name needs no number");
  const told: Entry = { seq: 5, change: "a", coder: 2, at: 0, codings: { new: [[31, 30, 2, 0, 5, 0, 5], [32, 30, 2, 8, 9, 0, 5]] } };
  same(later.map((o) => learn(o, apply, told)), [true, true, true, true, false], "what learns a number");
  same(later.map((o) => ("codings" in o ? [o.kind, o.codings, "code" in o && o.code] : o.kind === "span" ? o.coding : o.code)), [30, ["code", [32, 4], 30], 31, ["remove", [31, -3], false], ["remove", [4], false]], "numbers from the answer");
  same([unnumbered(later[2]), unnumbered(later[3])], [false, true], "what is still without one");
  hold(!JSON.stringify(wordless(apply)).includes("Pasar") && apply.name === "Pasar", "a code named in vivo is kept without its name");

  // Finding codes.
  const codes = [
    { id: 1, name: "HS code guesswork", theme: "Customs complexity", definition: "Classification is guessed" },
    { id: 2, name: "Paper burden", theme: "Customs complexity", definition: "" },
    { id: 3, name: "Péché mignon", theme: "", definition: "" },
  ];
  const ids = (q: string) => find(q, codes).map((f) => f.item.id);
  same(ids("hs")[0], 1, "the beginning of a word");
  same(ids("hcg")[0], 1, "the beginnings of words");
  same(ids("peche"), [3], "without diacritics");
  same(ids("customs").sort(), [1, 2], "by theme");
  same(ids("classification"), [1], "by definition");
  same(ids("zzz"), [], "nothing");
  const merged = find("tarif", [{ ...codes[1], former: ["Tariff fear", "Levies"] }]);
  same([merged[0]?.item.id, merged[0]?.was], [2, "Tariff fear"], "by the name of what was merged into it");
  same(match("guess", "HS code guesswork")?.at, [8, 9, 10, 11, 12], "which letters were found");
  return failed;
}
