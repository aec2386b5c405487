package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"anyam/internal/exchange/refi"
	"anyam/internal/server"
)

// ofOtherProgram tells projects and codebooks of REFI-QDA by the end of their names.
func ofOtherProgram(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".qdpx", ".qde", ".qdc":
		return true
	}
	return false
}

// brought is the line that import prints for a project or codebook of another program.
type brought struct {
	Path string `json:"path"`
	*server.Brought
	Error string `json:"error,omitempty"`
}

// String is the line for people.
func (b brought) String() string {
	if b.Error != "" {
		return fmt.Sprintf("%s: %s", shown(b.Path), b.Error)
	}
	left := 0
	for _, l := range b.Left {
		left += l.Count
	}
	for _, i := range b.File.Items {
		left += i.Count
	}
	if b.Again && b.Changes == 0 {
		return shown(b.Path) + ": passed over, the same file came in before"
	}
	line := shown(b.Path) + ": " + many(b.Documents, "document", "documents")
	if b.Joined > 0 {
		line += " (and " + many(b.Joined, "joined with a document of the same words)", "joined with documents of the same words)")
	}
	for _, x := range []string{many(b.Codes, "code", "codes"), many(b.Codings, "coding", "codings"), many(b.Memos, "memo", "memos"), many(b.Cases, "informant", "informants"),
		many(b.Attributes, "attribute", "attributes"), many(b.Coders, "coder", "coders")} {
		line += ", " + x
	}
	if b.Again {
		line += " more than came in before"
	}
	return line + "; " + many(left, "thing did not come in as it was", "things did not come in as they were") + " (--report FILE.json tells which)"
}

func (in *incoming) importProject(ctx context.Context, file string) (brought, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return brought{}, err
	}
	b, err := server.Bring(ctx, server.Bringing{Into: in.into(), Apart: in.apart, Data: data, Now: time.Now()})
	var bad *refi.BadFile
	if errors.As(err, &bad) {
		return brought{}, fmt.Errorf("it can't be read as REFI-QDA. %w", plain(err))
	}
	return brought{Path: file, Brought: b}, err
}
