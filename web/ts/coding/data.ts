// The shapes of the coding surface's JSON, as the server sends them.

/** A coding on the wire: id, code, coder, start, stop, at (seconds since 1970), made (seq). Offsets are code points, half open. */
export type CodingRow = [number, number, number, number, number, number, number];

/** A memo on the wire: id, on, coder, at, text, rev, start and stop when it hangs on words of the document (else 0), and the text as the server draws it. */
export type MemoRow = [number, number, number, number, string, number, number, number, string];

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
  html: string;
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
  /** Names of codes that were merged away, and what they are part of now. */
  former: { name: string; into: number }[];
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

/** How a person likes to read and code; what is missing is as it is for everyone. */
export interface Person {
  size?: number; // of the letters, in steps from the usual size
  width?: number; // of the lines, in steps from the usual length
  margin?: string; // "start": stripes before the words
  no_names?: boolean;
  no_letters?: boolean;
  sentences?: boolean;
}

/** Somebody else who has this document open, and the turn at the top of their window. */
export interface Present {
  coder: number;
  place: number;
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
  name: string; // of the document
  email: string; // of the person
  person: Person;
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
  return { id: r[0], on: r[1], coder: r[2], at: r[3], text: r[4], rev: r[5], start: r[6], stop: r[7], html: r[8] };
}
