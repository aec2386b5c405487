package store

// The tests stand outside, since pgtest needs this package.
var (
	MigrateFS     = migrateFS
	MigrateDownFS = migrateDownFS
)
