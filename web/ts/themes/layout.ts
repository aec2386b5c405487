// Where the nodes of the map stand, worked out by forces: what has no kept
// place finds one around what has. The same nodes and lines always give the
// same picture, whoever looks. Pure, and bounded in how long it takes.

export interface Body {
  id: string;
  parent: string; // "0" at the top
  theme: boolean;
  r: number; // radius with room for its name
  x?: number; // a kept place: it stays there
  y?: number;
}
export interface Pull {
  a: string;
  b: string;
  strength: number; // 0 to 1
}
export interface Place {
  x: number;
  y: number;
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const golden = Math.PI * (3 - Math.sqrt(5));
const apart = 84; // a comfortable distance between two nodes
const work = 400_000; // nodes times steps, about

export function stepsFor(n: number): number {
  return Math.max(20, Math.min(300, Math.floor(work / Math.max(1, n))));
}

// arrange places every body. Those with a kept place do not move.
export function arrange(bodies: readonly Body[], pulls: readonly Pull[], seed = 1, steps = stepsFor(bodies.length)): Map<string, Place> {
  const n = bodies.length;
  const at = new Map(bodies.map((b, i) => [b.id, i]));
  const x = new Float64Array(n), y = new Float64Array(n), fixed = new Uint8Array(n);
  const roll = dice(seed);
  seat(bodies, at, x, y, fixed, roll);

  // Springs: from a node to what it stands in, and between codes that meet.
  const springs: [number, number, number, number][] = []; // a, b, strength, length
  bodies.forEach((b, i) => {
    const up = at.get(b.parent);
    if (up !== undefined) springs.push([i, up, 0.12, bodies[up]!.r + b.r]);
  });
  for (const p of pulls) {
    const a = at.get(p.a), b = at.get(p.b);
    if (a === undefined || b === undefined || a === b) continue;
    const s = Math.max(0, Math.min(1, p.strength));
    springs.push([a, b, 0.05 * s, bodies[a]!.r + bodies[b]!.r + 20 + 60 * (1 - s)]);
  }

  const fx = new Float64Array(n), fy = new Float64Array(n);
  const reach = 2.6 * apart; // beyond it nodes do not feel each other
  for (let step = 0; step < steps; step++) {
    const heat = 1 - step / steps;
    fx.fill(0);
    fy.fill(0);
    const grid = cells(x, y, reach);
    for (let i = 0; i < n; i++) {
      around(grid, x[i]!, y[i]!, reach, (j) => {
        if (j <= i) return;
        let dx = x[i]! - x[j]!, dy = y[i]! - y[j]!;
        if (dx === 0 && dy === 0) {
          dx = (i - j) * 0.01;
          dy = 0.01;
        }
        const d = Math.hypot(dx, dy);
        if (d >= reach) return;
        const room = bodies[i]!.r + bodies[j]!.r;
        const force = (apart * apart) / (d * 4) + (d < room + 16 ? (room + 16 - d) * 0.9 : 0);
        const px = (dx / d) * force, py = (dy / d) * force;
        fx[i]! += px;
        fy[i]! += py;
        fx[j]! -= px;
        fy[j]! -= py;
      });
      fx[i]! -= x[i]! * 0.008; // towards the middle, wider than high as screens are
      fy[i]! -= y[i]! * 0.075;
    }
    for (const [a, b, strength, length] of springs) {
      const dx = x[b]! - x[a]!, dy = y[b]! - y[a]!;
      const d = Math.hypot(dx, dy) || 0.01;
      const force = (d - length) * strength * 4;
      const px = (dx / d) * force, py = (dy / d) * force;
      fx[a]! += px;
      fy[a]! += py;
      fx[b]! -= px;
      fy[b]! -= py;
    }
    const most = 40 * heat + 1;
    for (let i = 0; i < n; i++) {
      if (fixed[i]) continue;
      const f = Math.hypot(fx[i]!, fy[i]!);
      if (f === 0) continue;
      const by = Math.min(f * 0.25, most) / f;
      x[i]! += fx[i]! * by;
      y[i]! += fy[i]! * by;
    }
  }
  part(bodies, x, y, fixed);
  return new Map(bodies.map((b, i) => [b.id, { x: Math.round(x[i]!), y: Math.round(y[i]!) }]));
}

// seat gives a first place: themes on a ring, codes around what they stand in.
function seat(bodies: readonly Body[], at: Map<string, number>, x: Float64Array, y: Float64Array, fixed: Uint8Array, roll: () => number): void {
  const tops = bodies.filter((b) => b.theme && !at.has(b.parent));
  const ring = Math.max(130, (tops.length * 190) / (2 * Math.PI));
  const seen = new Map<string, number>();
  bodies.forEach((b, i) => {
    const k = seen.get(b.parent) ?? 0;
    seen.set(b.parent, k + 1);
    const jitter = roll() * 0.3;
    if (b.x !== undefined && b.y !== undefined) {
      x[i] = b.x;
      y[i] = b.y;
      fixed[i] = 1;
      return;
    }
    const up = at.get(b.parent);
    if (up !== undefined && up < i) {
      const d = bodies[up]!.r + b.r + 30 + 14 * Math.sqrt(k);
      x[i] = x[up]! + d * Math.cos(k * golden + jitter);
      y[i] = y[up]! + d * Math.sin(k * golden + jitter);
    } else if (b.theme) {
      const turn = (2 * Math.PI * tops.indexOf(b)) / Math.max(1, tops.length);
      x[i] = 2.3 * ring * Math.cos(turn);
      y[i] = ring * Math.sin(turn);
    } else {
      const d = ring + 60 + 20 * Math.sqrt(k); // in no theme: outside
      x[i] = 2.3 * d * Math.cos(k * golden + jitter);
      y[i] = d * Math.sin(k * golden + jitter);
    }
  });
}

// part moves apart what still lies over each other.
function part(bodies: readonly Body[], x: Float64Array, y: Float64Array, fixed: Uint8Array): void {
  const reach = 2 * Math.max(20, ...bodies.map((b) => b.r)) + 8;
  for (let round = 0; round < 60; round++) {
    let moved = false;
    const grid = cells(x, y, reach);
    for (let i = 0; i < bodies.length; i++) {
      around(grid, x[i]!, y[i]!, reach, (j) => {
        if (j <= i || (fixed[i] && fixed[j])) return;
        const room = bodies[i]!.r + bodies[j]!.r + 6;
        let dx = x[j]! - x[i]!, dy = y[j]! - y[i]!;
        if (dx === 0 && dy === 0) dx = 0.5;
        const d = Math.hypot(dx, dy);
        if (d >= room) return;
        moved = true;
        const by = (room - d) / d + 0.001;
        const share = fixed[i] ? 0 : fixed[j] ? 1 : 0.5;
        x[i]! -= dx * by * share;
        y[i]! -= dy * by * share;
        x[j]! += dx * by * (1 - share);
        y[j]! += dy * by * (1 - share);
      });
    }
    if (!moved) return;
  }
}

type Grid = Map<string, number[]>;

function cells(x: Float64Array, y: Float64Array, side: number): Grid {
  const grid: Grid = new Map();
  for (let i = 0; i < x.length; i++) {
    const key = `${Math.floor(x[i]! / side)},${Math.floor(y[i]! / side)}`;
    const cell = grid.get(key);
    if (cell) cell.push(i);
    else grid.set(key, [i]);
  }
  return grid;
}

function around(grid: Grid, x: number, y: number, side: number, f: (j: number) => void): void {
  const cx = Math.floor(x / side), cy = Math.floor(y / side);
  for (let i = cx - 1; i <= cx + 1; i++) for (let j = cy - 1; j <= cy + 1; j++) for (const k of grid.get(`${i},${j}`) ?? []) f(k);
}
