package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/qda"
)

// Plain says an error as a log may have it. What Postgres says of a failure can quote rows and values, in its detail and in its
// message too, so of such an error only its code and the names of the schema are told; of a refusal only its key, as its parts are
// what people wrote; of anything else its own words, on one row and cut.
func Plain(err error) string {
	if err == nil {
		return ""
	}
	var parts []string
	outline(err, &parts)
	s := strings.Join(parts, "; ")
	if len(s) > 400 {
		s = strings.ToValidUTF8(s[:400], "") + " …"
	}
	return s
}

func outline(err error, parts *[]string) {
	switch x := err.(type) {
	case *pgconn.PgError:
		s := "SQLSTATE " + x.Code
		for _, n := range []struct{ what, name string }{{"table", x.TableName}, {"column", x.ColumnName}, {"type", x.DataTypeName}, {"constraint", x.ConstraintName}, {"routine", x.Routine}} {
			if n.name != "" {
				s += fmt.Sprintf(" %s %s", n.what, n.name)
			}
		}
		*parts = append(*parts, s)
		return
	case *qda.Error:
		*parts = append(*parts, string(x.Fault)+": "+x.Key)
		return
	}
	var pe *pgconn.PgError
	var refused *qda.Error
	if !errors.As(err, &pe) && !errors.As(err, &refused) {
		*parts = append(*parts, strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		if in := x.Unwrap(); in != nil {
			outline(in, parts)
		}
	case interface{ Unwrap() []error }:
		for _, in := range x.Unwrap() {
			outline(in, parts)
		}
	}
}
