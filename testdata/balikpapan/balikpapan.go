// Package balikpapan embeds the demo study: a fictional study of small exporters, see README.md.
package balikpapan

import "embed"

// Files holds study.json, the documents it names and codings/*.tsv.
//
//go:embed study.json *.docx *.srt *.txt codings/*.tsv
var Files embed.FS
