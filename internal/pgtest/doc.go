// Package pgtest gives a test a real, migrated database of its own, in some
// thirty milliseconds. Tests only.
//
// One Postgres is started per test process, when the first test asks; it syncs
// nothing to disk and ends with the process, however that ends. The schema is
// built once, as a template, by store.Migrate, and copied for each test. With
// ANYAM_TEST_DATABASE_URL set, that server is used and none is started.
//
// A machine without Postgres fails the test with a sentence; nothing is skipped.
package pgtest
