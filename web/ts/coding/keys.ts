// Which key does what while the text has the focus. Letters are taken by what they write, digits by their place, so
// that other keyboards work too.

import { h } from "./dom";
import type { May } from "./list";
import { say } from "./words";

export type Command =
  | "right" | "left" | "down" | "up" | "extend-right" | "extend-left" | "extend-down" | "extend-up"
  | "home" | "end" | "word" | "sentence" | "turn" | "letter" | "palette" | "invivo" | "memo" | "add" | "over" | "edit" | "remove" | "change"
  | "next" | "previous" | "reading" | "help" | "find" | "escape" | "undo" | "redo" | "repeat" | "panel" | `pin-${number}`;

const letters: Record<string, Command> = {
  w: "word", s: "sentence", t: "turn", i: "invivo", m: "memo", a: "add", o: "over", e: "edit", c: "change", n: "next", p: "previous", r: "reading",
};

/** The command of a key press, or nothing. */
export function command(e: KeyboardEvent): Command | undefined {
  if (e.isComposing || e.keyCode === 229) return undefined;
  const mod = e.ctrlKey || e.metaKey;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (mod && !e.altKey) {
    if (key === "z") return e.shiftKey ? "redo" : "undo";
    if (key === "y" && !e.shiftKey) return "redo";
    return undefined;
  }
  if (e.altKey) return undefined;
  switch (key) {
    case "ArrowRight": return e.shiftKey ? "extend-right" : "right";
    case "ArrowLeft": return e.shiftKey ? "extend-left" : "left";
    case "ArrowDown": return e.shiftKey ? "extend-down" : "down";
    case "ArrowUp": return e.shiftKey ? "extend-up" : "up";
    case "Home": return "home";
    case "End": return "end";
    case "Enter": return "palette";
    case "Escape": return "escape";
    case "Delete": case "Backspace": return "remove";
    case "F6": return "panel";
    case "?": return "help";
    case "/": return "find";
  }
  if (/^(Digit|Numpad)\d$/.test(e.code) && !e.shiftKey) {
    const d = e.code.slice(-1);
    return d === "0" ? "repeat" : `pin-${Number(d)}`;
  }
  if (e.shiftKey) return key === "w" ? "letter" : undefined;
  return letters[key];
}

/** The keys in words, for the help. */
export function table(): [string, string][] {
  return [
    ["← →", say("surface.keys.unit")],
    ["↑ ↓", say("surface.keys.turn")],
    ["⇧ + ← → ↑ ↓", say("surface.keys.extend")],
    ["W  S  T", say("surface.keys.step")],
    ["⇧ W", say("surface.keys.letter")],
    ["Enter", say("surface.keys.palette")],
    ["1 – 9", say("surface.keys.pins")],
    ["0", say("surface.keys.repeat")],
    ["I", say("surface.keys.invivo")],
    ["M", say("surface.keys.memo")],
    ["A", say("surface.keys.add")],
    ["O", say("surface.keys.over")],
    ["E", say("surface.keys.edit")],
    ["C", say("surface.keys.change")],
    ["Del", say("surface.keys.remove")],
    ["N  P", say("surface.keys.next")],
    ["R", say("surface.keys.reading")],
    ["/", say("surface.keys.find")],
    ["F6", say("surface.keys.panel")],
    ["Esc", say("surface.keys.escape")],
    ["Ctrl Z", say("surface.keys.undo")],
    ["Ctrl ⇧ Z", say("surface.keys.redo")],
    ["Alt", say("surface.keys.alt")],
  ];
}

const coding = new Set(["Enter", "1 – 9", "0", "I", "A", "E", "C", "Del", "Alt"]);
const writing = new Set(["M", "Ctrl Z", "Ctrl ⇧ Z"]);

export function help(may: May): HTMLDialogElement {
  const close = h("button", { type: "button", class: "btn", onclick: () => el.close() }, say("surface.close"));
  const el: HTMLDialogElement = h(
    "dialog",
    { class: "dialog keys-help", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, say("surface.keys")),
    h("p", { class: "surface-soft" }, say("surface.keys.where")),
    h("dl", {}, ...table().filter(([k]) => (may.code || !coding.has(k)) && (may.memo || !writing.has(k))).map(([k, s]) => h("div", {}, h("dt", {}, ...k.split("  ").flatMap((x) => [h("kbd", {}, x), " "])), h("dd", {}, s)))),
    h("div", { class: "acts" }, close),
  );
  el.addEventListener("click", (e) => e.target === el && el.close());
  return el;
}
