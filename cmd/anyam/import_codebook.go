package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"anyam/internal/exchange/refi"
	"anyam/internal/server"
)

// mergedCodebook is the line that import prints for a codebook.
type mergedCodebook struct {
	Path string `json:"path"`
	*server.Merged
	Error string `json:"error,omitempty"`
}

// String is the line for people.
func (m mergedCodebook) String() string {
	if m.Error != "" {
		return fmt.Sprintf("%s: %s", shown(m.Path), m.Error)
	}
	coloured := ""
	if m.Coloured > 0 {
		coloured = ", " + many(m.Coloured, "of another colour here, which stays", "of other colours here, which stay")
	}
	line := fmt.Sprintf("%s: %s, %d completed, %d the same%s, %s (--report FILE.json tells which)", shown(m.Path),
		many(m.Added, "code or theme added", "codes and themes added"), m.Filled, m.Same, coloured, many(len(m.Conflicts), "not the same and left as it was", "not the same and left as they were"))
	return noted(line, m.Notes)
}

// mergeCodebook brings the codes and themes of a file into the project's codebook; what is there stays.
func (in *incoming) mergeCodebook(ctx context.Context, file string) (mergedCodebook, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return mergedCodebook{}, err
	}
	m, err := server.Merge(ctx, server.Merging{Into: in.into(), Name: server.FileName(file), Data: data, NoHead: in.noHead})
	var bad *refi.BadFile
	if errors.As(err, &bad) {
		return mergedCodebook{}, errors.New(english().T("codein.bad"))
	}
	return mergedCodebook{Path: file, Merged: m}, err
}
