// The shapes of the coding surface's JSON, as the server sends them.

/** A coding on the wire: id, code, coder, start, stop, at (seconds since 1970), made (seq). Offsets are code points, half open. */
export type CodingRow = [number, number, number, number, number, number, number];

/** A memo on the wire: id, on, coder, at, text, rev, and start, stop when it hangs on words of the document. */
export type MemoRow = [number, number, number, number, string, number, number?, number?];

export interface Span {
  start: number;
  stop: number;
}

export interface Coding extends Span {
  id: number;
  code: number;
  coder: number;
  at: number;
  made: number;
  /** The change that is still on its way for this coding, if any. */
  pending?: string;
}

export interface Memo {
  id: number;
  on: number;
  coder: number;
  at: number;
  text: string;
  rev: number;
  start?: number;
  stop?: number;
}

export interface Node {
  id: number;
  kind: "theme" | "code";
  codable: boolean;
  parent: number;
  name: string;
  definition: string;
  use: string;
  avoid: string;
  colour: number;
  pattern: number;
  state: "live" | "retired";
  count: number;
}

export interface Coder {
  id: number;
  name: string;
  initials: string;
  role: string;
  blind: boolean;
  me: boolean;
}

export interface Codebook {
  seq: number;
  nodes: Node[];
  coders: Coder[];
  pins: Record<string, number>;
  may: { code: boolean; codebook: boolean };
}

/** What a change did, as the answer to a write and as an entry of the stream. */
export interface Entry {
  seq: number;
  change: string;
  coder: number;
  at: number;
  codings?: { new?: CodingRow[]; set?: CodingRow[]; gone?: number[] };
  memos?: { new?: MemoRow[]; set?: MemoRow[]; gone?: number[] };
  touched?: string[];
}

/** What the page hands to the script. */
export interface SurfaceData {
  project: number;
  document: number;
  version: number;
  me: number;
  seq: number;
  lang: string;
  textLang: string;
  zone: string;
  may: { code: boolean; memo: boolean };
  place: number;
  furthest: number;
  turns: number;
  strings: Record<string, string>;
}

export function codingOf(r: CodingRow): Coding {
  return { id: r[0], code: r[1], coder: r[2], start: r[3], stop: r[4], at: r[5], made: r[6] };
}

export function memoOf(r: MemoRow): Memo {
  return { id: r[0], on: r[1], coder: r[2], at: r[3], text: r[4], rev: r[5], start: r[6], stop: r[7] };
}
