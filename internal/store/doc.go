// Package store is Postgres: all SQL, all transactions, row-level security, the ledger.
//
// Work on a project is done under a role that owns nothing, in a transaction that
// names the project; a statement that forgets to is refused by the database. A
// write of the ledger is one round trip and one transaction. Everything of an
// instance lives here, originals too, so that one dump is a backup.
package store
