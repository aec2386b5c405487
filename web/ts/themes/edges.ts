// Sizes of the map: of nodes, of lines, of what is in sight. Pure.
import type { Place } from "./layout";

export interface Meeting {
  a: string;
  b: string;
  percent: number;
}
export interface Frame {
  x: number;
  y: number;
  w: number;
  h: number;
}

// radius grows so that the area does with the codings.
export function radius(size: number, theme: boolean): number {
  return theme ? Math.min(52, 18 + 1.6 * Math.sqrt(size)) : Math.min(40, 7 + 2.4 * Math.sqrt(size));
}

export function width(percent: number): number {
  return Math.round((1 + percent / 9) * 10) / 10;
}

export function from(all: readonly Meeting[], threshold: number): Meeting[] {
  return all.filter((m) => m.percent >= threshold);
}

// first is where the slider begins: as low as it can be with at most so many lines.
export function first(all: readonly Meeting[], most = 60): number {
  if (all.length <= most) return 0;
  const sorted = all.map((m) => m.percent).sort((x, y) => y - x);
  return Math.min(100, sorted[most]! + 1);
}

// around is the frame that holds all places, with room, in the proportion of what it is shown in.
export function around(places: Iterable<Place>, room: number, proportion: number): Frame {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const p of places) {
    left = Math.min(left, p.x);
    right = Math.max(right, p.x);
    top = Math.min(top, p.y);
    bottom = Math.max(bottom, p.y);
  }
  if (left > right) return { x: -200, y: -200 / proportion, w: 400, h: 400 / proportion };
  let w = right - left + 2 * room, h = bottom - top + 2 * room;
  const cx = (left + right) / 2, cy = (top + bottom) / 2;
  if (w / h < proportion) w = h * proportion;
  else h = w / proportion;
  return { x: cx - w / 2, y: cy - h / 2, w, h };
}

// zoom makes a frame smaller (by < 1: nearer) or larger around a point.
export function zoom(f: Frame, by: number, at: Place = { x: f.x + f.w / 2, y: f.y + f.h / 2 }): Frame {
  const w = Math.max(120, Math.min(20000, f.w * by)), k = w / f.w;
  return { x: at.x - (at.x - f.x) * k, y: at.y - (at.y - f.y) * k, w, h: f.h * k };
}

// lines breaks a name into at most two lines of about so many letters.
export function lines(name: string, letters = 20): string[] {
  if (name.length <= letters) return [name];
  const words = name.split(" ");
  let one = words.shift() ?? "";
  while (words.length > 0 && one.length + 1 + words[0]!.length <= letters) one += ` ${words.shift()}`;
  const two = words.join(" ");
  if (two === "") return [cut(one, letters + 4)];
  return [cut(one, letters + 4), cut(two, letters)];
}
function cut(s: string, n: number): string {
  const points = [...s];
  return points.length <= n ? s : `${points.slice(0, n - 1).join("")}…`;
}
