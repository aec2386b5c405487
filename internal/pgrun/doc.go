// Package pgrun runs a private Postgres for a program that wants a database
// without anybody setting one up.
//
// It promises:
//
//   - Data are never wiped. The major version of an existing data folder picks
//     the programs that may open it; when none fits, Open says so and touches
//     nothing. A new data folder is made beside its place and renamed, so a
//     killed initdb leaves nothing half made.
//   - Postgres listens on a Unix socket in a folder that only its owner can
//     enter, never on a port, and needs no password.
//   - It ends with the process that started it, however that one ends, and a
//     start straight afterwards works.
//   - One process at a time holds a data folder. It starts Postgres again when
//     Postgres dies. Others that open the same folder connect to it or wait,
//     as their role asks (see Open).
//   - Its log holds neither statements nor values, since these may be the words
//     of participants.
package pgrun
