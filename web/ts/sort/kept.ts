// What the browser keeps of a queue between visits, by numbers alone. Two windows may have the same queue open: each writes what it
// changed itself into what is there, so that neither takes the other's decisions away.

export interface Kept {
  targets: number[];
  decided: [coding: number, code: number][];
  joined: number[];
  held: number[];
  hold: boolean;
  steps: [coding: number, code: number, was: number, change: string, seq: number][];
}

const most = 1000; // steps

export class Keeper {
  private was = whole({});
  private text: string | null = null; // as this window wrote or found it
  private alone = true; // nobody else wrote since

  constructor(private key: string) {}

  read(): Kept {
    try {
      this.text = localStorage.getItem(this.key);
      this.was = whole(JSON.parse(this.text ?? "{}") as Partial<Kept>);
    } catch {
      // What was kept is not readable: the queue begins anew.
    }
    return this.was;
  }

  write(is: Kept): void {
    try {
      const text = localStorage.getItem(this.key);
      if (text !== this.text && text !== null) this.alone = false;
      const next = this.alone ? is : merged(this.was, is, whole(JSON.parse(text ?? "{}") as Partial<Kept>));
      this.text = JSON.stringify({ ...next, steps: next.steps.slice(-most) });
      localStorage.setItem(this.key, this.text);
    } catch {
      // The queue is whole until the page is left.
    }
    this.was = is;
  }
}

function whole(k: Partial<Kept>): Kept {
  return { targets: k.targets ?? [], decided: k.decided ?? [], joined: k.joined ?? [], held: k.held ?? [], hold: k.hold ?? false, steps: k.steps ?? [] };
}

/** What one window changed, from was to is, done to what is there. */
export function merged(was: Kept, is: Kept, there: Kept): Kept {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return {
    targets: same(was.targets, is.targets) ? there.targets : is.targets,
    decided: pairs(was.decided, is.decided, there.decided),
    joined: numbers(was.joined, is.joined, there.joined),
    held: numbers(was.held, is.held, there.held),
    hold: was.hold === is.hold ? there.hold : is.hold,
    steps: steps(was.steps, is.steps, there.steps),
  };
}

// What was taken away here goes only where it is still what it was here.
function pairs(was: [number, number][], is: [number, number][], there: [number, number][]): [number, number][] {
  const before = new Map(was), now = new Map(is), out = new Map(there);
  for (const [k, v] of now) if (before.get(k) !== v) out.set(k, v);
  for (const [k, v] of before) if (!now.has(k) && out.get(k) === v) out.delete(k);
  return [...out];
}

function numbers(was: number[], is: number[], there: number[]): number[] {
  const ones = (l: number[]) => l.map((n): [number, number] => [n, 1]);
  return pairs(ones(was), ones(is), ones(there)).map(([n]) => n);
}

// Steps are added and taken back at the end, but for one that was refused, and get their seq.
function steps(was: Kept["steps"], is: Kept["steps"], there: Kept["steps"]): Kept["steps"] {
  const name = (s: Kept["steps"][number]) => s.slice(0, 4).join();
  const out = [...there];
  const place = (s: Kept["steps"][number]) => out.findLastIndex((o) => name(o) === name(s));
  let first = 0;
  while (first < was.length && first < is.length && name(was[first]!) === name(is[first]!)) {
    const s = is[first]!;
    if (s[4] !== was[first]![4] && place(s) >= 0) out[place(s)] = s;
    first++;
  }
  for (const s of was.slice(first)) if (place(s) >= 0) out.splice(place(s), 1);
  return [...out, ...is.slice(first)];
}
