// Package span is arithmetic on positions in a text: half-open spans, an index
// of many overlapping spans, the stretches over which the same spans hold, sets
// of characters, and the conversion between code points, bytes and UTF-16 units.
//
// It promises:
//
//   - Positions are code points of one document version, counted from 0. Bytes
//     (Go, Postgres) and UTF-16 units (browsers) are converted once, at the edge,
//     by Offsets.
//   - Values do not change. Insert and Delete of Index, and every operation of
//     Set, give a new value; readers need no lock.
//   - Columns hold int32 only, so that the garbage collector does not look into
//     them, and a window or a quote allocates nothing when the caller brings the room.
//   - Every structure can check itself.
//
// It knows nothing of codes, coders or projects and uses the standard library only.
package span
