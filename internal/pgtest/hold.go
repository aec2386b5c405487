package pgtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Hold lets whoever writes entries over a number into a ledger of a database wait, until release: a test that wants to stop somebody at
// their work needn't be quicker than they are.
func Hold(t testing.TB, url string, over int64) (release func()) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'`)
	exec(`SELECT pg_advisory_lock(1)`)
	exec(fmt.Sprintf(`CREATE TRIGGER held BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.seq > %d) EXECUTE FUNCTION held()`, over))
	return func() {
		t.Helper()
		exec(`SELECT pg_advisory_unlock(1)`)
		exec(`DROP FUNCTION held() CASCADE`)
	}
}
