// Checks of what waits in the browser, and of what is chosen to be sent. run(seed) gives what failed, one sentence each. The browser
// tests bundle this file and call it.
import { type Kept, Keeper } from "../sort/kept";
import { dice } from "../themes/layout";
import { Away, Refusal } from "./answer";
import { choose, walked } from "./chosen";
import { discard, Outbox, type Post, unsent } from "./outbox";

interface Op {
  change: string;
  needs: string; // the change whose number it waits for
  number: number; // of that, 0: not yet
  words: string;
}
interface Answer {
  change: string;
  number: number;
}

/** A Storage of its own, where the page has none. */
class Memory {
  [name: string]: unknown;
}
for (const [name, f] of Object.entries({
  getItem(this: Memory, k: string) {
    return Object.hasOwn(this, k) ? this[k] : null;
  },
  setItem(this: Memory, k: string, v: string) {
    this[k] = v;
  },
  removeItem(this: Memory, k: string) {
    delete this[k];
  },
})) Object.defineProperty(Memory.prototype, name, { value: f });

export async function run(seed = 1): Promise<string[]> {
  const failed: string[] = [];
  const hold = (ok: boolean, what: string) => {
    if (!ok && failed.length < 50) failed.push(`${what} (seed ${seed})`);
  };
  const same = (a: unknown, b: unknown, what: string) => hold(JSON.stringify(a) === JSON.stringify(b), `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  const roll = dice(seed);
  const upTo = (n: number) => Math.floor(roll() * n);
  const own = Object.getOwnPropertyDescriptor(window, "localStorage");
  const room = (m: unknown) => Object.defineProperty(window, "localStorage", { value: m, configurable: true });
  const row = (op: Op, more: object) => JSON.stringify({ ...more, op });

  try {
    // Any order of failures, reloads and news: every operation is done once, in order, or was refused.
    for (let i = 0; i < 40; i++) {
      const m = new Memory() as unknown as Storage;
      room(m);
      const ledger: Answer[] = [];
      const refused = new Set<string>();
      let ways = 0; // how answers fail; 0: not at all
      let box!: Outbox<Op, Answer>;
      let still: () => void = () => undefined;
      const post: Post<Op, Answer> = {
        async send(op) {
          await Promise.resolve();
          const known = ledger.find((a) => a.change === op.change);
          const way = ways && upTo(ways);
          if (way === 1) throw new Away("before it arrived");
          if (way === 2) throw new Refusal("", "signin");
          if (!known && (way === 3 || refused.has(op.change))) {
            refused.add(op.change);
            throw new Refusal("no", "gone");
          }
          if (op.needs) same(op.number, ledger.find((a) => a.change === op.needs)?.number, "an operation goes with the number it waited for");
          const a = known ?? { change: op.change, number: 100 + ledger.length };
          if (!known) ledger.push(a);
          if (way === 4) throw new Away("its answer was lost");
          if (way === 5) box.echo(a);
          return a;
        },
        keeps: ({ words: _, ...o }) => ({ ...o, words: "" }),
        learn: (later, op, a) => later.needs === op.change && !later.number && ((later.number = a.number), true),
        lost: (op) => op.needs !== "" && op.number === 0,
        answered: () => undefined,
        refused: () => undefined,
        signedOut: () => undefined,
        moved: () => box && box.state !== "saving" && still(),
      };
      const rest = () => new Promise<void>((done) => ((still = done), box.again()));
      const open = () => {
        const heard = new Set<string>();
        const answered = (op: Op) => {
          hold(!heard.has(op.change), "an answer is heard once");
          heard.add(op.change);
        };
        return new Outbox<Op, Answer>(1, 2, 3, { ...post, answered });
      };
      box = open();
      const added: Op[] = [];
      for (let k = 0; k < 12; k++) {
        ways = upTo(2) * 6;
        const needs = added.length && upTo(3) === 0 ? added[upTo(added.length)]!.change : "";
        const op = { change: `c${i}-${k}`, needs, number: (needs && ledger.find((a) => a.change === needs)?.number) || 0, words: "Awalnya saya jual" };
        added.push(op);
        box.add({ ...op });
        if (upTo(2)) await rest();
        hold(!Object.values(m).some((s) => String(s).includes("Awalnya")), "words are not kept");
        if (upTo(4) === 0) {
          await rest();
          box.end();
          box = open(); // the page is opened anew
          same(box.resume().map((o) => o.change), Object.keys(m).map((n) => n.replace(/.*:/, "")).sort((a, b) => added.findIndex((o) => o.change === a) - added.findIndex((o) => o.change === b)), "what was kept comes back, oldest first");
        }
      }
      ways = 0;
      for (let k = 0; k < 20 && box.waiting.length > 0; k++) await rest();
      await box.idle(1000);
      same([box.state, box.waiting.length, unsent()], ["saved", 0, 0], "at the end nothing waits");
      const done = ledger.map((a) => a.change);
      const gives = (o: Op): boolean => refused.has(o.change) || (o.needs !== "" && added.some((n) => n.change === o.needs && gives(n)));
      same(done, added.filter((o) => !gives(o)).map((o) => o.change), "each is done once, in order, but for those that were refused and what hung on them");
      box.end();
    }

    // What older pages kept is read too; signing out throws everything away.
    const m = new Memory() as unknown as Storage;
    room(m);
    const op = (change: string): Op => ({ change, needs: "", number: 0, words: "" });
    m.setItem("anyam:sort:1:3:2:b", row(op("b"), { at: 20.5 }));
    m.setItem("anyam:out:1:2:3:a", row(op("a"), { kept: 10 }));
    m.setItem("anyam:out:1:2:3:x", "half");
    m.setItem("anyam:out:1:2:3:y", row({} as Op, { kept: 1 }));
    m.setItem("anyam:out:1:9:3:z", row(op("z"), { kept: 1 }));
    m.setItem("anyam:sort:1:3:2", "{}"); // the queue's own, no operation
    same(unsent(), 5, "operations that wait");
    const sent: string[] = [];
    const box = new Outbox<Op, Answer>(1, 2, 3, {
      send: (o) => (sent.push(o.change), Promise.resolve({ change: o.change, number: 1 })),
      learn: () => false, lost: () => false, answered: () => undefined, refused: () => undefined, signedOut: () => undefined, moved: () => undefined,
    });
    same(box.resume().map((o) => o.change), ["a", "b"], "both rooms");
    same(box.resume(), [], "twice is once");
    hold(m.getItem("anyam:out:1:2:3:b") !== null && m.getItem("anyam:sort:1:3:2:b") === null, "what stood in the old room has moved");
    box.again();
    await box.idle(1000);
    same(sent, ["a", "b"], "they are sent, oldest first");
    box.end();
    discard();
    same([unsent(), m.getItem("anyam:sort:1:3:2")], [0, "{}"], "nothing is left but the queue's own");

    // Where nothing can be kept, it is sent all the same.
    room(undefined);
    const deaf = new Outbox<Op, Answer>(1, 2, 3, {
      send: (o) => (sent.push(o.change), Promise.resolve({ change: o.change, number: 1 })),
      learn: () => false, lost: () => false, answered: () => undefined, refused: () => undefined, signedOut: () => undefined, moved: () => undefined,
    });
    same(deaf.resume(), [], "nothing was kept");
    deaf.add(op("d"));
    await deaf.idle(1000);
    same([sent.at(-1), deaf.waiting.length], ["d", 0], "sent from memory");
    deaf.end();

    // Two windows on one queue, which learn late what the other wrote: each keeps what it did, and nothing of the other's goes.
    for (let i = 0; i < 60; i++) {
      const all = new Memory() as unknown as Storage;
      const windows = [0, 1].map((w) => {
        const view = new Memory() as unknown as Storage;
        const wrote: [string, string | null][] = []; // on its way to what the browser keeps
        const hears: [string, string | null][] = []; // and from there
        const set = (m: Storage, [name, text]: [string, string | null]) => (text === null ? m.removeItem(name) : m.setItem(name, text));
        const own = new Proxy(view, {
          get: (m, name) =>
            name === "setItem" ? (n: string, t: string) => (set(m, [n, t]), wrote.push([n, t]))
            : name === "removeItem" ? (n: string) => (set(m, [n, null]), wrote.push([n, null]))
            : Reflect.get(m, name),
        });
        room(own);
        const keeper = new Keeper(1, 3, 2);
        keeper.read();
        const has: Kept = { targets: [5, 6], decided: [], joined: [], held: [], hold: false, steps: [] };
        const hear = () => {
          const one = hears.shift();
          if (one && !wrote.some(([n]) => n === one[0])) set(view, one);
        };
        return { w, own, keeper, has, wrote, hears, hear, set };
      });
      const arrive = (x: (typeof windows)[number]) => {
        const one = x.wrote.shift();
        if (!one) return;
        x.set(all, one);
        for (const y of windows) if (y !== x) y.hears.push(one);
      };
      for (let k = 0; k < 30; k++) {
        for (let n = upTo(6); n > 0; n--) upTo(2) ? arrive(windows[upTo(2)]!) : windows[upTo(2)]!.hear();
        const { w, own, keeper, has } = windows[upTo(2)]!;
        const id = 10 * (1 + upTo(6)) + w; // they decide about different segments
        const now = structuredClone(has);
        const step = now.steps.at(-1);
        if (upTo(3) === 0 && step) {
          now.steps.pop();
          now.decided = now.decided.filter(([d]) => d !== step[1]);
          if (step[3]) now.decided.push([step[1], step[3]]);
          now.held = now.held.filter((h) => h !== step[1]);
        } else if (upTo(5) === 0 && step) step[5] = 1 + k;
        else {
          const code = 5 + upTo(2);
          now.steps.push([100 + k, id, code, now.decided.find(([d]) => d === id)?.[1] ?? 0, upTo(2) ? `c${k}` : "", 0]);
          now.decided = [...now.decided.filter(([d]) => d !== id), [id, code]];
          if (!now.held.includes(id)) now.held.push(id);
        }
        room(own);
        keeper.write(now);
        windows[w]!.has = now;
      }
      for (const x of windows) while (x.wrote.length) arrive(x);
      room(all);
      const kept = new Keeper(1, 3, 2).read();
      const byFirst = (a: readonly unknown[], b: readonly unknown[]) => Number(a[0]) - Number(b[0]);
      const [a, b] = windows.map((x) => x.has) as [Kept, Kept];
      same(kept.decided, [...a.decided, ...b.decided].sort(byFirst), "the decisions of both");
      same(kept.held.sort(), [...a.held, ...b.held].sort(), "what both hold");
      same(kept.steps, [...a.steps, ...b.steps].sort(byFirst), "the steps of both, in order");
    }

    // What no longer holds is left to the window that decided anew; what older pages kept is read, and what nobody can read is passed over.
    {
      const m = new Memory() as unknown as Storage;
      room(m);
      m.setItem("anyam:sort:1:3:2", JSON.stringify({ targets: [5], decided: [[8, 5], [7, 2]], held: [8], hold: true, steps: [[8, 5, 0, "", 0], [7, 2, 0, "c", 4]] }));
      m.setItem("anyam:queue:1:3:2:step:9", "half");
      m.setItem("anyam:queue:1:3:21:hold", "true"); // another queue
      const [one, two] = [new Keeper(1, 3, 2), new Keeper(1, 3, 2)];
      const was: Kept = { targets: [5], decided: [[7, 2], [8, 5]], joined: [], held: [8], hold: true, steps: [[1, 8, 5, 0, "", 0], [2, 7, 2, 0, "c", 4]] };
      same(one.read(), was, "what stood under one name");
      same([two.read(), m.getItem("anyam:sort:1:3:2")], [was, null], "and has moved");
      two.leave(7); // somewhere it was decided anew, which this window's storage doesn't say yet
      two.write({ ...was, decided: [[8, 5]], hold: false });
      same(one.read(), { ...was, hold: false }, "what no longer holds here");
      m.setItem("anyam:sort:1:3:2", "half");
      same(new Keeper(1, 3, 2).read().steps, was.steps, "not readable");
    }

    // A folder that is dropped: its files go by their folders, in order, and what systems leave there stays behind.
    const there = ["lapangan/putaran 2/P010.txt", "lapangan/putaran 2/P9.txt", "lapangan/putaran 1/P001.docx", "lapangan/putaran 1/~$P001.docx", "lapangan/.git/config", "lapangan/.DS_Store", "lapangan/Thumbs.db",
      "lapangan/__MACOSX/P001.docx", "lapangan/a.b/Harga ~$5.txt"];
    const entry = (at: string, inside: string[]): FileSystemEntry => {
      const here = inside.map((p) => p.slice(at.length + 1)).filter((p) => p !== "");
      let rest = [...new Set(here.map((p) => p.split("/")[0]!))].map((n) => entry(`${at}/${n}`, inside.filter((p) => p === `${at}/${n}` || p.startsWith(`${at}/${n}/`))));
      return {
        isFile: here.length === 0, isDirectory: here.length > 0, fullPath: `/${at}`, name: at.split("/").at(-1)!,
        file: (ok: (f: File) => void) => ok(new File(["x"], at.split("/").at(-1)!)),
        createReader: () => ({
          readEntries(ok: (some: FileSystemEntry[]) => void) {
            const some = rest.slice(0, 2); // not all at once
            rest = rest.slice(2);
            ok(some);
          },
        }),
      } as unknown as FileSystemEntry;
    };
    const found = await walked([entry("lapangan", there)]);
    const c = choose(found.files, true, found.paths);
    same(c.files.map((f) => c.paths.get(f)), ["lapangan/a.b/Harga ~$5.txt", "lapangan/putaran 1/P001.docx", "lapangan/putaran 2/P9.txt", "lapangan/putaran 2/P010.txt"], "the files of a folder");
    same([c.passed, c.name, c.folder], [5, "lapangan", true], "what is said of a folder");
    const body = new FormData();
    for (const f of c.files) body.append("file", f, c.paths.get(f) ?? f.name);
    same(body.getAll("file").map((f) => (f as File).name), c.files.map((f) => c.paths.get(f)), "the names that are sent");
    // One that was picked by a button says its folders itself; a file by itself is sent whatever it is.
    const picked = ["a/x.txt", "a/~$x.docx"].map((p) => Object.defineProperty(new File(["x"], p.split("/").at(-1)!), "webkitRelativePath", { value: p }));
    const b = choose(picked, true);
    same([b.files.map((f) => b.paths.get(f)), b.passed, b.name], [["a/x.txt"], 1, "x.txt"], "a folder that was picked");
    same(choose([new File(["x"], "~$x.docx")], false).files.length, 1, "a file by itself");
    const alone = choose([new File(["x"], "~$x.docx")], true);
    same([alone.files.length, alone.folder], [1, false], "a folder of nothing else");
  } finally {
    if (own) Object.defineProperty(window, "localStorage", own);
    else delete (window as { localStorage?: Storage }).localStorage;
  }
  return failed;
}
