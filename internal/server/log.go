package server

import (
	"io"
	"log/slog"

	"anyam/internal/store"
)

// NewLog makes the program's log: one row an entry, whatever is in it, and of errors no more than store.Plain tells.
func NewLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(store.Plain(err))
		}
		return a
	}}))
}
