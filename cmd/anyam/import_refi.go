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
		return fmt.Sprintf("%s: %s", b.Path, b.Error)
	}
	left := 0
	for _, l := range b.Left {
		left += l.Count
	}
	for _, i := range b.File.Items {
		left += i.Count
	}
	joined := ""
	if b.Joined > 0 {
		joined = fmt.Sprintf(" (and %d joined with documents of the same words)", b.Joined)
	}
	return fmt.Sprintf("%s: %d documents%s, %d codes, %d codings, %d memos, %d informants, %d coders; %d things did not come in as they were (--report FILE.json lists them)",
		b.Path, b.Documents, joined, b.Codes, b.Codings, b.Memos, b.Cases, b.Coders, left)
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
