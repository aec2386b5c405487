// Checks of the pure parts of the map. run(seed) gives what failed, one
// sentence each. The browser tests bundle this file and call it.
import { around, first, from, lines, radius, width, zoom } from "./edges";
import { arrange, type Body, dice, type Pull, stepsFor } from "./layout";

export function run(seed = 1): string[] {
  const failed: string[] = [];
  const hold = (ok: boolean, what: string) => {
    if (!ok && failed.length < 50) failed.push(`${what} (seed ${seed})`);
  };
  const same = (a: unknown, b: unknown, what: string) => hold(JSON.stringify(a) === JSON.stringify(b), `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  const roll = dice(seed);
  const upTo = (n: number) => Math.floor(roll() * n);

  for (let round = 0; round < 20; round++) {
    const bodies: Body[] = [];
    const themes = upTo(6);
    for (let i = 0; i < themes; i++) bodies.push({ id: `t${i}`, parent: i > 0 && roll() < 0.2 ? `t${upTo(i)}` : "0", theme: true, r: 20 + upTo(30) });
    const codes = upTo(60);
    for (let i = 0; i < codes; i++) bodies.push({ id: `c${i}`, parent: themes > 0 && roll() < 0.8 ? `t${upTo(themes)}` : "0", theme: false, r: 10 + upTo(25) });
    const pulls: Pull[] = [];
    for (let i = 0; codes > 1 && i < 30; i++) pulls.push({ a: `c${upTo(codes)}`, b: `c${upTo(codes)}`, strength: roll() });
    const one = arrange(bodies, pulls, seed), two = arrange(bodies, pulls, seed);
    same([...one], [...two], "the same study gives the same map");
    same(one.size, bodies.length, "every node has a place");
    for (const [id, p] of one) hold(Number.isInteger(p.x) && Number.isInteger(p.y) && Math.abs(p.x) < 1e6 && Math.abs(p.y) < 1e6, `${id} has a place that can be kept: ${p.x} ${p.y}`);
    for (let i = 0; i < bodies.length; i++) {
      for (let j = 0; j < i; j++) {
        const a = one.get(bodies[i]!.id)!, b = one.get(bodies[j]!.id)!;
        hold(Math.hypot(a.x - b.x, a.y - b.y) > 0.9 * (bodies[i]!.r + bodies[j]!.r) - 3, `${bodies[i]!.id} and ${bodies[j]!.id} lie apart`);
      }
    }
    // What is kept stays, and new ones come beside it.
    const kept = bodies.map((b, i) => (i % 3 === 0 ? b : { ...b, ...one.get(b.id)! }));
    const again = arrange(kept, pulls, seed);
    kept.forEach((b) => b.x !== undefined && same(again.get(b.id), one.get(b.id), `${b.id} stays where it was put`));
  }
  hold(stepsFor(2000) * 2000 <= 400_000 && stepsFor(2000) >= 20, "two thousand nodes take few steps");
  same(stepsFor(10), 300, "few nodes take all steps");
  same(arrange([], []).size, 0, "nothing has no places");
  const near = arrange([{ id: "a", parent: "0", theme: false, r: 10 }, { id: "b", parent: "0", theme: false, r: 10 }, { id: "c", parent: "0", theme: false, r: 10 }], [{ a: "a", b: "c", strength: 1 }], seed);
  const between = (p: string, q: string) => Math.hypot(near.get(p)!.x - near.get(q)!.x, near.get(p)!.y - near.get(q)!.y);
  hold(between("a", "c") < between("a", "b") && between("a", "c") < between("b", "c"), "codes that meet stand nearer than codes that don't");

  const meetings = Array.from({ length: 100 }, (_, i) => ({ a: `${i}`, b: "x", percent: i + 1 }));
  same(from(meetings, 90).length, 11, "lines from a threshold on");
  same(from(meetings, first(meetings)).length, 60, "the slider begins with at most sixty lines");
  same(first(meetings.slice(0, 10)), 0, "and at nothing where there are few");
  hold(from(meetings.map((m) => ({ ...m, percent: 100 })), first(meetings.map((m) => ({ ...m, percent: 100 })))).length >= 60, "lines of one strength are shown together");
  hold(radius(0, false) >= 6 && radius(1e6, false) <= 40 && radius(1e6, true) <= 52 && radius(40, false) > radius(10, false), "sizes");
  same([width(0), width(90)], [1, 11], "widths of lines");
  const f = around([{ x: 0, y: 0 }, { x: 100, y: 50 }], 50, 2);
  hold(f.x <= -50 && f.x + f.w >= 150 && f.y <= -50 && f.y + f.h >= 100 && Math.abs(f.w / f.h - 2) < 1e-9, "the frame holds everything");
  const z = zoom({ x: 0, y: 0, w: 1000, h: 500 }, 0.5, { x: 100, y: 100 });
  same(z, { x: 50, y: 50, w: 500, h: 250 }, "zooming leaves the point where it is");
  same(lines("Paper burden"), ["Paper burden"], "a short name is one line");
  same(lines("Shelf abroad, no licence here"), ["Shelf abroad, no", "licence here"], "a long name is two");
  same(lines("a".repeat(60)).every((l) => l.length <= 24), true, "a word too long is cut");
  return failed;
}
