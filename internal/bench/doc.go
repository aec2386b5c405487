// Package bench measures the engine and the ledger against the best SQL on the same rows, in one run on one machine, so
// that a ratio says more than a time does. Its studies are made up by a seeded generator, so every run measures the same.
//
// Every answer is compared with that of SQL before it is timed.
package bench
