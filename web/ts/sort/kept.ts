// What the browser keeps of a queue between visits, by numbers alone. Two windows may have the same queue open, and each learns late
// what the other wrote, for browsers keep a copy of the storage per process. So every thing stands by itself, and a window writes and
// takes away what it changed itself and nothing else:
//
//	anyam:queue:PROJECT:CODER:CODE:targets         [code, …]
//	anyam:queue:PROJECT:CODER:CODE:hold            true
//	anyam:queue:PROJECT:CODER:CODE:decided:CODING  code
//	anyam:queue:PROJECT:CODER:CODE:joined:CODING   1
//	anyam:queue:PROJECT:CODER:CODE:held:CODING     1
//	anyam:queue:PROJECT:CODER:CODE:step:AT         [coding, code, was, change, seq]

export interface Kept {
  targets: number[];
  decided: [coding: number, code: number][];
  joined: number[];
  held: number[];
  hold: boolean;
  steps: KeptStep[]; // oldest first
}

/** A decision; at: when, in milliseconds, no two of a queue alike. */
export type KeptStep = [at: number, coding: number, code: number, was: number, change: string, seq: number];

const most = 1000; // steps

export class Keeper {
  private room: string;
  private old: string; // where all stood together, as a Kept whose steps have no times
  private was = new Map<string, string>();

  constructor(project: number, coder: number, code: number) {
    this.room = `anyam:queue:${project}:${coder}:${code}:`;
    this.old = `anyam:sort:${project}:${coder}:${code}`;
  }

  read(): Kept {
    const out: Kept = { targets: [], decided: [], joined: [], held: [], hold: false, steps: [] };
    try {
      this.move();
      for (const name of Object.keys(localStorage)) {
        if (!name.startsWith(this.room)) continue;
        const text = localStorage.getItem(name);
        const thing = name.slice(this.room.length);
        if (text && put(out, thing, text)) this.was.set(thing, text);
      }
    } catch {
      // Nothing can be kept here: the queue begins anew.
    }
    for (const l of [out.decided, out.steps]) l.sort((a, b) => a[0] - b[0]);
    return out;
  }

  write(is: Kept): void {
    const now = things(is);
    try {
      for (const [thing, text] of now) if (this.was.get(thing) !== text) localStorage.setItem(this.room + thing, text);
      // What was taken away here goes only where it is still what it was here.
      for (const [thing, text] of this.was) if (!now.has(thing) && localStorage.getItem(this.room + thing) === text) localStorage.removeItem(this.room + thing);
    } catch {
      // The queue is whole until the page is left.
    }
    this.was = now;
  }

  /** Leaves what is kept about a segment to whoever wrote it last. */
  leave(coding: number): void {
    this.was.delete(`decided:${coding}`);
    this.was.delete(`held:${coding}`);
  }

  // move brings what an older page kept to where it belongs.
  private move(): void {
    const text = localStorage.getItem(this.old);
    if (text === null) return;
    try {
      const k = JSON.parse(text) as Partial<Omit<Kept, "steps">> & { steps?: [number, number, number, string, number][] };
      const steps = (k.steps ?? []).map((s, i): KeptStep => [i + 1, ...s]);
      for (const [thing, text] of things({ targets: k.targets ?? [], decided: k.decided ?? [], joined: k.joined ?? [], held: k.held ?? [], hold: k.hold ?? false, steps })) localStorage.setItem(this.room + thing, text);
    } catch (e) {
      if (!(e instanceof SyntaxError || e instanceof TypeError)) throw e; // else it was not ours
    }
    localStorage.removeItem(this.old);
  }
}

function things(k: Kept): Map<string, string> {
  return new Map([
    ...(k.targets.length ? [["targets", JSON.stringify(k.targets)] as const] : []),
    ...(k.hold ? [["hold", "true"] as const] : []),
    ...k.decided.map(([coding, code]) => [`decided:${coding}`, String(code)] as const),
    ...k.joined.map((coding) => [`joined:${coding}`, "1"] as const),
    ...k.held.map((coding) => [`held:${coding}`, "1"] as const),
    ...k.steps.slice(-most).map(([at, ...s]) => [`step:${at}`, JSON.stringify(s)] as const),
  ]);
}

// put reads one thing into what is kept; false where it is not readable.
function put(k: Kept, thing: string, text: string): boolean {
  const [kind, n] = [thing.replace(/:.*/, ""), Number(thing.replace(/.*:/, ""))];
  try {
    const v = JSON.parse(text) as unknown;
    if (kind === "targets") k.targets = v as number[];
    else if (kind === "hold") k.hold = v === true;
    else if (kind === "decided") k.decided.push([n, v as number]);
    else if (kind === "joined") k.joined.push(n);
    else if (kind === "held") k.held.push(n);
    else if (kind === "step") k.steps.push([n, ...(v as [number, number, number, string, number])]);
    else return false;
    return true;
  } catch {
    return false;
  }
}
