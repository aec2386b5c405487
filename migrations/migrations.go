// Package migrations holds the schema of the database as a row of steps, each
// an up and a down file that is one transaction and keeps the table
// schema_version (see store.Migrate).
package migrations

import "embed"

// FS holds the files NNNNNN_title.up.sql and NNNNNN_title.down.sql.
//
//go:embed *.sql
var FS embed.FS
