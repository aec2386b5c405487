// Package exchange is the door to the outside: it reads files into documents and writes tables for other programs.
//
// What it promises:
//
//   - A text is what was in the file. Decoding, the byte-order mark, CRLF to LF and U+0000 are the only changes to
//     characters; marks of presentation (Markdown signs, subtitle formatting, tracked deletions) are left out, and
//     everything changed or left out is listed in the Reading's notes, for a person to see before the document is added.
//   - Labels of speakers and times are data of a turn, never part of its text. Remarks in a file's margin are no part of
//     the text either: they come as Comments, with the words they hang on.
//   - A file is what its bytes are, whatever its name says. A table (csv, xlsx) is no transcript: it is refused unless it
//     is asked for, and then comes as a Table.
//   - Every guess (character set, speakers, language) can be overruled by an Option, and reading again with the
//     options of a Reading gives the same Reading.
//   - A hostile file costs a bounded amount of memory and time and gives a BadFile, never a panic. Files of strangers
//     are read by an Extractor: in a throw-away child process without files, network or growth, whose answer is
//     checked again.
//
// Reading knows nothing of projects: numbers, coders and the ledger are the engine's.
package exchange
