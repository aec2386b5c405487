// The shapes of the queue's JSON, as the server sends them. Offsets are code points, half open.

/** A coding in the queue's order: coding, code, coder, document, start, stop. */
export type OrderRow = [number, number, number, number, number, number];

export interface Place {
  id: number;
  name: string;
  informant: string;
  group: string;
  lang: string;
}

export interface Order {
  seq: number;
  documents: Place[];
  codings: OrderRow[];
}

/** A turn of the talk around a segment; see sortTurn of the server. */
export interface Turn {
  turn: number;
  label: string;
  who: string;
  time: string;
  lang: string;
  asks: boolean;
  near: boolean;
  before: string;
  words: string;
  left: number;
  rest: string;
  after: string;
  opens: boolean;
  closes: boolean;
}

export interface Segment {
  coding: number;
  code: number;
  coder: number;
  document: number;
  start: number;
  stop: number;
  at: number;
  turns: Turn[];
  memos: { coder: number; at: number; html: string }[]; // as the server drew them
  others: { coding: number; code: number; coder: number; same: boolean }[];
}

/** The segments that one code gets by a split. */
export interface Part {
  node: number;
  codings: number[];
}

/** What the page hands to the script. */
export interface SortData {
  project: number;
  node: number;
  me: number;
  seq: number;
  lang: string;
  zone: string;
  email: string;
  name: string;
  colour: number;
  pattern: number;
  above: number;
  retired: boolean;
  group: string;
  may: { code: boolean; split: boolean; add: boolean; retire: boolean };
  strings: Record<string, string>;
}

/** Something on its way to the server. The change id stays the same however often it is sent. */
export interface Op {
  kind: "code" | "undo";
  change: string;
  coding: number;
  code: number; // where the coding goes; after an undo, where it was
  of: string; // the change that an undo takes back
  seq?: number; // of that change, once it was answered
  was: number; // what had been decided before, 0 for nothing
}
