// Package refi reads and writes REFI-QDA, the exchange format of programs for qualitative analysis: whole projects
// (.qdpx, a zip, and .qde, the XML inside it) and codebooks (.qdc). It needs the standard library alone and knows
// nothing of the program around it.
//
// # Reading
//
//	project, report, err := refi.Read(data, refi.Options{})
//
// Read takes the bytes of any of the three and gives a Project: coders, a tree of codes, documents with their text,
// the selections of a document with the codings on them, memos with what each is about, cases, attributes and values,
// sets, links and graphs. What another program wrote is rarely what the standard says, so Read accepts what is known
// of NVivo, ATLAS.ti, MAXQDA, QualCoder, f4, Quirkos, qc and Taguette: any name and place of the .qde in the zip, paths
// with every scheme and none, namespaces old, new and absent, UTF-16 and byte-order marks, GUIDs in braces or none at all.
//
// What it promises:
//
//   - Positions are verified, not believed. A span of a Project is a half-open range of code points of a text that has
//     LF alone between its lines and no byte-order mark. Files count in UTF-16 units or code points, CRLF as one or as
//     two, sometimes the byte-order mark as well; Read tries these readings against each text (names of selections,
//     bounds of words, characters that may not be cut) and reports the choice and its evidence as a Placing.
//   - Nothing is moved to fit, and nothing goes in silence. Every element of the file is either in the Project, or
//     joined to another one, or lost; the Report has the numbers for each element and, for every one that is not there as
//     it was, an Item with a Reason, a count and examples. Report.Elements adds up: seen = kept + joined + lost.
//   - A text is what was in the file. Decoding, the byte-order mark, CRLF and CR to LF and U+0000 to U+FFFD are the only
//     changes to its characters, and all are reported.
//   - A hostile file costs bounded time and memory and gives a *BadFile whose Reason says what is wrong. Nothing is written to
//     disk and no path of the file is ever opened; entries of the zip are looked up by name, in memory.
//
// # Writing
//
//	report, err := refi.Write(w, project, refi.Standard)
//	report, err := refi.WriteCodebook(w, project)
//
// Write makes a .qdpx that follows the schema element by element and is the same for the same project, byte by byte.
// It first asks Check and refuses with *Unsound what would not come back whole. The profiles differ in how they count, and each says
// so in a comment before the root, over which other programs pass and by which Read knows that there are no habits of
// other programs to look for:
//
//	Standard  texts with LF, positions in code points, as the standard says
//	NVivo     texts with LF, positions in UTF-16 units; differs from Standard only where a text has characters beyond U+FFFF
//	Atlasti   texts with CRLF, which count as one character
//
// # Checking
//
// Check looks at a Project, CheckFile at a file as it is, by the schema and beyond it: the schema lets through references
// to nothing, identifiers that stand twice, spans that end before they begin or after the text, missing texts.
// CheckFile shares no code with Read beyond the reading of zip and XML, so each is a test of the other.
//
// # Words
//
// Names follow the vocabulary of anyam: a document is a TextSource (or what stands for a PDFSource or a Transcript), a coder a
// User, a memo a Note, an attribute a Variable, words selected are a Selection. Reports speak of the file and so use the schema's names.
package refi
