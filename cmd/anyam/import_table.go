package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/server"
)

// tableFlags name tables by what a row of them is.
var tableFlags = []struct{ flag, rows, say string }{
	{"informants", "informants", "`FILE`: a table (csv, xlsx) whose rows are informants with their attributes"},
	{"answers", "answers", "`FILE`: a table (csv, xlsx) whose rows are informants with what they answered, which becomes a document each"},
	{"rows", "documents", "`FILE`: a table (csv, xlsx) whose rows are documents of nobody: anonymous answers, posts, notes"},
}

// table is one that was named on the command line.
type table struct{ file, rows string }

// tabled is the line that import prints for a table.
type tabled struct {
	Path string `json:"path"`
	*server.Tabled
	Error string `json:"error,omitempty"`
}

// String is the line for people.
func (t tabled) String() string {
	if t.Error != "" {
		return fmt.Sprintf("%s: %s", shown(t.Path), t.Error)
	}
	line := fmt.Sprintf("%s: %s added, %s added, %s added, %s, %s changed who or what was here, %d the same, %d not usable", shown(t.Path), many(t.Informants, "informant", "informants"), many(t.Documents, "document", "documents"),
		many(len(t.Attributes), "attribute", "attributes"), many(t.Linked, "document given its informant", "documents given their informant"), many(t.Changed, "row", "rows"), t.Same, t.Unusable)
	if t.Over > 0 {
		line += fmt.Sprintf(", %d beyond what one table may have and left out", t.Over)
	}
	return noted(line+" (--report FILE.json tells which)", t.Notes)
}

// importTable brings in a table as its page would propose it.
func (in *incoming) importTable(ctx context.Context, t table) (tabled, error) {
	data, err := os.ReadFile(t.file)
	if err != nil {
		return tabled{}, err
	}
	b, err := server.Tabulate(ctx, server.Tabling{Into: in.into(), Rows: t.rows, NoHead: in.noHead, Name: server.FileName(t.file), Data: data, Now: time.Now()})
	return tabled{Path: t.file, Tabled: b}, err
}

// isTable tells that a file which was to be a document is a table.
func isTable(err error) bool {
	var bad *exchange.BadFile
	return errors.As(err, &bad) && bad.Reason == exchange.BadTable
}
