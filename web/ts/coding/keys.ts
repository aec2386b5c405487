// Which key does what while the text has the focus: one table that binds the keys and makes the help. Letters are taken by
// what they write, digits by their place, so that other keyboards work too.

import { h } from "./dom";
import type { May } from "./list";
import { say } from "./words";

export type Command =
  | "right" | "left" | "down" | "up" | "extend-right" | "extend-left" | "extend-down" | "extend-up"
  | "home" | "end" | "word" | "sentence" | "turn" | "letter" | "palette" | "invivo" | "memo" | "add" | "over" | "edit" | "remove" | "change"
  | "next" | "previous" | "uncoded" | "reference" | "reading" | "help" | "find" | "escape" | "undo" | "redo" | "repeat" | "panel" | `pin-${number}`;

interface Key {
  shown: string; // in the help; two blanks between keys
  says: string; // what it does, as a message key
  does: Record<string, Command>; // press -> command
  who?: "code" | "memo"; // whoever may not, is not told of it
}

const pins = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), `pin-${n}` as Command]));

/** Every key there is. A press is a key's name with ⇧ or Ctrl before it. */
export const keys: Key[] = [
  { shown: "←  →", says: "surface.keys.unit", does: { ArrowLeft: "left", ArrowRight: "right" } },
  { shown: "↑  ↓", says: "surface.keys.turn", does: { ArrowUp: "up", ArrowDown: "down" } },
  { shown: "Home  End", says: "surface.keys.ends", does: { Home: "home", End: "end" } },
  { shown: "⇧ + ← → ↑ ↓", says: "surface.keys.extend", does: { "⇧ArrowLeft": "extend-left", "⇧ArrowRight": "extend-right", "⇧ArrowUp": "extend-up", "⇧ArrowDown": "extend-down" } },
  { shown: "W  S  T", says: "surface.keys.step", does: { w: "word", s: "sentence", t: "turn" } },
  { shown: "⇧ W", says: "surface.keys.letter", does: { "⇧w": "letter" } },
  { shown: "Enter", says: "surface.keys.palette", does: { Enter: "palette" }, who: "code" },
  { shown: "1 – 9", says: "surface.keys.pins", does: pins, who: "code" },
  { shown: "0", says: "surface.keys.repeat", does: { 0: "repeat" }, who: "code" },
  { shown: "I", says: "surface.keys.invivo", does: { i: "invivo" }, who: "code" },
  { shown: "M", says: "surface.keys.memo", does: { m: "memo" }, who: "memo" },
  { shown: "A", says: "surface.keys.add", does: { a: "add" }, who: "code" },
  { shown: "O", says: "surface.keys.over", does: { o: "over" } },
  { shown: "E", says: "surface.keys.edit", does: { e: "edit" }, who: "code" },
  { shown: "C", says: "surface.keys.change", does: { c: "change" }, who: "code" },
  { shown: "Del", says: "surface.keys.remove", does: { Delete: "remove", Backspace: "remove" }, who: "code" },
  { shown: "N  P", says: "surface.keys.next", does: { n: "next", p: "previous" } },
  { shown: "U", says: "surface.keys.uncoded", does: { u: "uncoded" } },
  { shown: "Y", says: "surface.keys.reference", does: { y: "reference" } },
  { shown: "R", says: "surface.keys.reading", does: { r: "reading" } },
  { shown: "/", says: "surface.keys.find", does: { "/": "find" } },
  { shown: "F6", says: "surface.keys.panel", does: { F6: "panel" } },
  { shown: "?", says: "surface.keys.help", does: { "?": "help" } },
  { shown: "Esc", says: "surface.keys.escape", does: { Escape: "escape" } },
  { shown: "Ctrl Z", says: "surface.keys.undo", does: { "Ctrl z": "undo" }, who: "memo" },
  { shown: "Ctrl ⇧ Z", says: "surface.keys.redo", does: { "Ctrl ⇧z": "redo", "Ctrl y": "redo" }, who: "memo" },
];

const bound = new Map(keys.flatMap((k) => Object.entries(k.does)));

/** Whether a press writes a character, so that it means something to whoever dictates or slips. */
const writes = (press: string): boolean => !press.startsWith("Ctrl") && press.replace("⇧", "").length === 1;

/** A key press by the name it has in the table, or nothing where it is none of ours. */
function press(e: KeyboardEvent): string | undefined {
  if (e.isComposing || e.keyCode === 229 || e.altKey) return undefined;
  const ctrl = e.ctrlKey || e.metaKey ? "Ctrl " : "";
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code);
  if (digit && !e.shiftKey) return ctrl + digit[1];
  // With Shift a sign is another sign already; a letter or an arrow is not.
  const one = e.key.length === 1;
  const shift = e.shiftKey && (!one || /\p{L}/u.test(e.key)) ? "⇧" : "";
  return ctrl + shift + (one ? e.key.toLowerCase() : e.key);
}

/** The command of a key press, or nothing. Without `letters`, keys that write a character do nothing. */
export function command(e: KeyboardEvent, letters = true): Command | undefined {
  const p = press(e);
  if (p === undefined || (!letters && writes(p))) return undefined;
  return bound.get(p);
}

/** The keys in words. */
export function help(may: May, letters: boolean): HTMLDialogElement {
  const close = h("button", { type: "button", class: "btn", onclick: () => el.close() }, say("surface.close"));
  const rows: [string, string][] = keys
    .filter((k) => (!k.who || may[k.who]) && (letters || !Object.keys(k.does).every(writes)))
    .map((k) => [k.shown, say(k.says)]);
  rows.push(["Space", say("surface.keys.space")]);
  if (may.code) rows.push(["Alt", say("surface.keys.alt")]);
  const el: HTMLDialogElement = h(
    "dialog",
    { class: "dialog keys-help", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, say("surface.keys")),
    h("p", { class: "surface-soft" }, say(letters ? "surface.keys.where" : "surface.keys.noletters")),
    h("dl", {}, ...rows.map(([k, s]) => h("div", {}, h("dt", {}, ...k.split("  ").flatMap((x) => [h("kbd", {}, x), " "])), h("dd", {}, s)))),
    h("div", { class: "acts" }, close),
  );
  el.addEventListener("click", (e) => e.target === el && el.close());
  return el;
}
