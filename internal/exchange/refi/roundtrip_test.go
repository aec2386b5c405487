package refi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// seed gives the seed of a random test, and says it.
func seed(t testing.TB) uint64 {
	n := uint64(time.Now().UnixNano())
	if s := os.Getenv("ANYAM_SEED"); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ANYAM_SEED=%d", n)
	return n
}

func written(t testing.TB, p *Project, f Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := Write(&b, p, f)
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	return b.Bytes()
}

// differ says where two values differ first, in few words.
func differ(a, b any) string {
	x, _ := json.MarshalIndent(a, "", " ")
	y, _ := json.MarshalIndent(b, "", " ")
	xs, ys := bytes.Split(x, []byte("\n")), bytes.Split(y, []byte("\n"))
	for i := range min(len(xs), len(ys)) {
		if !bytes.Equal(xs[i], ys[i]) {
			return fmt.Sprintf("row %d:\n%s\n%s", i, bytes.Join(xs[max(0, i-5):i+1], []byte("\n")), ys[i])
		}
	}
	return fmt.Sprintf("%d and %d rows", len(xs), len(ys))
}

// TestRoundTrip: any sound project comes back as it was, in every profile, from a file without a fault.
func TestRoundTrip(t *testing.T) {
	s := seed(t)
	for n := range uint64(40) {
		for _, f := range Profiles {
			p := newChance(s+n).project(1+int(n%4), 60)
			if bad := Check(p); len(bad) > 0 && bad[0].Fatal {
				t.Fatal(s+n, bad[0])
			}
			data := written(t, p, f)
			if again := written(t, newChance(s+n).project(1+int(n%4), 60), f); !bytes.Equal(data, again) {
				t.Fatalf("seed %d, %s: not the same bytes twice", s+n, f)
			}
			for _, x := range CheckFile(data, f) {
				t.Errorf("seed %d, %s: %s", s+n, f, x)
			}
			q, r, err := Read(data, Options{})
			if err != nil {
				t.Fatal(err)
			}
			balanced(t, r)
			if r.Lost() > 0 {
				t.Errorf("seed %d, %s: lost\n%s", s+n, f, r)
			}
			if !reflect.DeepEqual(normal(p), normal(q)) {
				t.Fatalf("seed %d, %s: %s\n%s", s+n, f, differ(p, q), r)
			}
			if t.Failed() {
				return
			}
		}
	}
}

// TestCodebookRoundTrip does the same for codebooks.
func TestCodebookRoundTrip(t *testing.T) {
	s := seed(t)
	for n := range uint64(40) {
		p := newChance(s+n).project(1, 10)
		var b, again bytes.Buffer
		r, err := WriteCodebook(&b, p)
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, r)
		if _, err := WriteCodebook(&again, p); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("not the same twice", err)
		}
		for _, x := range CheckFile(b.Bytes(), Standard) {
			t.Errorf("seed %d: %s", s+n, x)
		}
		q, r, err := Read(b.Bytes(), Options{})
		if err != nil || r.Root != "CodeBook" || r.Lost() > 0 {
			t.Fatal(err, r)
		}
		if !reflect.DeepEqual(p.Codes, q.Codes) || len(q.Sets) != 2 || !reflect.DeepEqual(p.Sets[0].Codes, q.Sets[0].Codes) {
			t.Fatalf("seed %d: %s", s+n, differ(p.Codes, q.Codes))
		}
	}
}
