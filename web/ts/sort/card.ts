// One segment in its context, large enough to be read.

import type { Coder, Node } from "../coding/data";
import { dot, h } from "../coding/dom";
import { number, say, when } from "../coding/words";
import type { Place, Segment, Turn } from "./data";

export interface Around {
  base: string; // address of the project
  node: number;
  me: number;
  zone: string;
  group: string; // the name of the attribute that groups informants
  colour: number;
  pattern: number;
  nodes: Map<number, Node>;
  coders: Map<number, Coder>;
}

/** Draws a segment: the talk with the words marked, who coded it, its memos and the other codes on the words. */
export function card(s: Segment, place: Place | undefined, a: Around): HTMLElement[] {
  const own = s.turns.filter((t) => !t.near);
  const first = own[0], last = own[own.length - 1];
  const turns = !first ? "" : last && last !== first ? say("sort.places", { turn: first.turn, to: last.turn }) : say("sort.place", { turn: first.turn });
  const coder = a.coders.get(s.coder);
  const talk = h("div", { class: "sort-talk", lang: place?.lang || undefined }, ...s.turns.map((t) => turn(t, t === first, t === last, a)));
  const facts = h(
    "header",
    { class: "sort-where" },
    h("a", { class: "sort-document", href: address(a, s) }, h("bdi", {}, place?.name ?? "")),
    place?.informant && place.informant !== place.name ? h("bdi", {}, place.informant) : null,
    place?.group ? h("span", { class: "pill", title: a.group || say("sort.attribute") }, h("bdi", {}, place.group)) : null,
    h("span", {}, turns),
    first?.time ? h("span", {}, first.time) : null,
    coder ? h("span", { class: "sort-coder" }, h("abbr", { title: coder.name }, coder.id === a.me ? say("sort.coder.mine", { coder: coder.initials }) : coder.initials), ` · ${when(s.at, a.zone)}`) : null,
  );
  const out = [facts, talk];
  const codes = new Map<number, { coders: string[]; same: boolean }>();
  for (const o of s.others) {
    const x = codes.get(o.code) ?? { coders: [], same: false };
    const who = a.coders.get(o.coder)?.initials;
    if (who && !x.coders.includes(who)) x.coders.push(who);
    x.same ||= o.same;
    codes.set(o.code, x);
  }
  const chips = [...codes].flatMap(([code, x]) => {
    const n = a.nodes.get(code);
    if (!n) return [];
    return [h("li", { class: "sort-other" }, dot(n.colour, n.pattern), h("bdi", {}, n.name), h("span", { class: "n" }, x.coders.join(", ") + (x.same ? ` · ${say("sort.same")}` : "")))];
  });
  if (chips.length) out.push(h("section", { class: "sort-others" }, h("h2", {}, say("sort.others")), h("ul", {}, ...chips)));
  if (s.memos.length)
    out.push(
      h(
        "section",
        { class: "sort-memos" },
        h("h2", {}, say("sort.memos", { n: s.memos.length })),
        ...s.memos.map((m) => h("article", { class: "memo" }, h("p", { class: "n" }, h("b", {}, a.coders.get(m.coder)?.initials ?? ""), ` ${when(m.at, a.zone)}`), memo(m.html))),
      ),
    );
  return out;
}

// memo is a memo as the server drew it.
function memo(html: string): HTMLElement {
  const el = h("div", { class: "memo-text", dir: "auto" });
  el.innerHTML = html;
  return el;
}

export function address(a: { base: string }, s: { document: number; coding: number }): string {
  return `${a.base}/documents/${s.document}#c${s.coding}`;
}

function turn(t: Turn, first: boolean, last: boolean, a: Around): HTMLElement {
  const cut = () => h("span", { class: "sort-cut", title: say("sort.cut") }, "…");
  const mark = (words: string) => h("mark", { "data-hue": a.colour, "data-pattern": a.pattern }, words);
  const words = h("p", { class: "sort-words", dir: "auto" });
  if (!t.opens) words.append(cut());
  if (t.near) words.append(t.before + t.after);
  else {
    if (first) words.append(t.before);
    if (t.words) words.append(mark(t.words));
    if (t.left) words.append(h("span", { class: "sort-left-out" }, ` ${say("sort.left.out", { n: t.left })} `));
    if (t.rest) words.append(mark(t.rest));
    if (last) words.append(t.after);
  }
  if (!t.closes) words.append(cut());
  return h(
    "div",
    { class: `sort-turn${t.near ? " near" : ""}${t.asks ? " asks" : ""}`, lang: t.lang || undefined },
    h("p", { class: "sort-who", title: t.who && t.label ? `${t.label}: ${t.who}` : t.label || undefined }, h("bdi", {}, t.label || t.who), h("small", {}, number(t.turn) + (t.time ? ` · ${t.time}` : ""))),
    words,
  );
}

/** What stands where the segment would: the end of the queue. */
export interface End {
  decided: number;
  joined: number;
  others: number;
  went: [number, number][]; // code and how many, the queue's own code included
  empty: boolean;
  retired: boolean;
  mayRetire: boolean;
  name: string;
  held: number; // decisions that wait for the split
}

export function summary(e: End, a: Around, acts: { again(): void; everyone(): void; retire(): void; split(): void }): HTMLElement[] {
  const out: HTMLElement[] = [h("h2", {}, say(e.decided ? "sort.done.title" : "sort.done.read"))];
  out.push(h("p", {}, e.held ? say("sort.split.why") : e.decided ? say("sort.done.all", { n: e.decided }) : say("sort.done.some")));
  if (e.went.length) {
    const total = Math.max(...e.went.map(([, n]) => n));
    const rows = e.went.map(([code, n]) => {
      const x = a.nodes.get(code);
      const keep = code === a.node;
      const bar = h("i", { class: "sort-bar", "data-hue": x?.colour ?? a.colour, "aria-hidden": "true" });
      bar.style.setProperty("--share", String(n / total));
      return h("li", { "data-code": code }, dot(x?.colour ?? a.colour, x?.pattern ?? a.pattern), h("a", { href: `${a.base}/nodes/${code}` }, h("bdi", {}, keep ? say("sort.done.kept", { name: e.name }) : (x?.name ?? ""))), h("b", { class: "sort-count" }, number(n)), bar);
    });
    out.push(h("h3", {}, say("sort.done.went")), h("ul", { class: "sort-went" }, ...rows));
  }
  if (e.joined) out.push(h("p", { class: "hint" }, say("sort.done.joined", { n: e.joined })));
  if (e.others) out.push(h("p", { class: "notice" }, say("sort.done.others", { n: e.others }), h("button", { type: "button", class: "btn small", onclick: () => acts.everyone() }, say("sort.done.everyone"))));
  if (e.retired) out.push(h("p", { class: "notice quiet" }, say("sort.done.retired", { name: e.name })));
  else if (e.empty && e.mayRetire) out.push(h("p", { class: "hint" }, say("sort.done.retire.why", { name: e.name })));
  out.push(
    h(
      "p",
      { class: "acts" },
      e.held ? h("button", { type: "button", class: "btn go", id: "sort-split-all", onclick: () => acts.split() }, say("sort.split", { n: e.held })) : null,
      e.empty && e.mayRetire && !e.retired ? h("button", { type: "button", class: "btn go", id: "sort-retire", onclick: () => acts.retire() }, say("sort.done.retire")) : null,
      h("a", { class: "btn", href: `${a.base}/nodes/${a.node}` }, say("sort.done.open")),
      e.decided ? h("button", { type: "button", class: "btn", onclick: () => acts.again() }, say("sort.done.again")) : null,
    ),
  );
  return out;
}
