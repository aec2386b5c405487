package qda_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"anyam/internal/qda"
)

func TestKindsAreNamedOnce(t *testing.T) {
	for kind, c := range qda.Kinds {
		if c.Kind() != kind {
			t.Errorf("%s stands under %s", c.Kind(), kind)
		}
		again, err := qda.DecodeChange(kind, []byte(`{"a_field_of_tomorrow":1}`))
		if err != nil || reflect.TypeOf(again) != reflect.TypeOf(c) || again == c {
			t.Errorf("%s decodes to %T, %v", kind, again, err)
		}
	}
	if _, err := qda.DecodeChange("Tomorrow", []byte(`{}`)); err == nil {
		t.Error("a kind that is not known was decoded")
	}
}

func TestRights(t *testing.T) {
	writing := []string{"CoderLeft", "MemoChanged", "MemoRemoved", "MemoWritten", "QuestionKept", "QuestionRemoved", "RemarkMade", "RemarkSettled"}
	owners := []string{"CoderJoined", "CodersChanged", "ProjectChanged"}
	for _, kind := range slices.Sorted(maps.Keys(qda.Kinds)) {
		want := map[qda.Role]bool{qda.Owner: kind != "ProjectMade", qda.Researcher: kind != "ProjectMade" && kind != "ThemeJudged" && !slices.Contains(owners, kind),
			qda.Supervisor: kind == "ThemeJudged" || slices.Contains(writing, kind), "": false, "guest": false}
		for role, may := range want {
			if role.May(kind) != may && role.Valid() || !role.Valid() && role.May(kind) {
				t.Errorf("%q may %s: %v", role, kind, role.May(kind))
			}
		}
	}
}

// random fills a thing's columns with whatever fits.
func random(r *rand.Rand, s qda.Sort) qda.Thing {
	x := qda.Blank(s)
	v := reflect.ValueOf(x).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == "-" || r.IntN(3) == 0 {
			continue
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(string([]rune("a\"\\\n🦐<&é")[r.IntN(8)]) + "x")
		case reflect.Bool:
			f.SetBool(r.IntN(2) == 0)
		case reflect.Int16, reflect.Int32, reflect.Int64:
			f.SetInt(int64(r.IntN(5)))
		case reflect.Uint32:
			f.SetUint(uint64(r.IntN(5)))
		case reflect.Map:
			if f.Type() == reflect.TypeOf(qda.Values{}) {
				f.Set(reflect.ValueOf(qda.Values{qda.ID(r.IntN(3)): "v"}))
			} else {
				f.Set(reflect.ValueOf(map[string]qda.Speaker{"P": {Case: qda.ID(r.IntN(3))}}))
			}
		case reflect.Struct:
			f.Set(reflect.ValueOf(qda.Digest{Claim: string('a' + rune(r.IntN(3)))}))
		case reflect.Slice:
			f.Set(reflect.ValueOf([]qda.ID{qda.ID(r.IntN(3))}))
		}
	}
	if s == qda.SortProject {
		return x
	}
	return qda.At(x, 7, 0)
}

// TestEffects: what a Diff says was done leads from was to is, holds then, survives JSON, and its inverse leads back.
func TestEffects(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 3000 {
		s := qda.Sorts[r.IntN(len(qda.Sorts))]
		was, is := random(r, s), random(r, s)
		switch r.IntN(4) {
		case 0:
			was = nil
		case 1:
			is = nil
		}
		d, differ := qda.Diff(was, is)
		if !differ {
			continue
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again qda.Did
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		for _, d := range []qda.Did{d, again} {
			got, err := d.Apply(was, 9)
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			if x, differ := qda.Diff(is, got); differ {
				t.Fatalf("%s leads elsewhere: %+v", raw, x)
			}
			if !d.Holds(is) || d.Holds(was) {
				t.Fatalf("%s holds after: %v, before: %v", raw, d.Holds(is), d.Holds(was))
			}
			back, err := d.Inverse().Apply(is, 10)
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			if x, differ := qda.Diff(was, back); differ {
				t.Fatalf("the inverse of %s leads elsewhere: %+v", raw, x)
			}
		}
	}
}

func TestEffectsThatFitNothing(t *testing.T) {
	n := &qda.Node{ID: 3, Name: "Satu"}
	made, _ := qda.Diff(nil, n)
	if _, err := made.Apply(n, 1); err == nil {
		t.Error("a thing was made twice")
	}
	if _, err := made.Inverse().Apply(nil, 1); err == nil {
		t.Error("what is not there was taken away")
	}
	for _, raw := range []string{`{"new":{}}`, `{"node":1}`, `{"spaceship":1,"new":{}}`, `[]`} {
		var d qda.Did
		if err := json.Unmarshal([]byte(raw), &d); err == nil {
			t.Errorf("%s was read as %+v", raw, d)
		}
	}
}

// TestSealIsAsWritten reckons the hash anew from the words of its definition.
func TestSealIsAsWritten(t *testing.T) {
	e := &qda.Entry{Project: 7, Seq: 2, Coder: 3, At: time.UnixMicro(1_700_000_000_123_456).UTC(), Do: &qda.MemoWritten{Text: "🦐"}}
	e.Change[0], e.Salt[15] = 1, 2
	if err := e.Encode(); err != nil {
		t.Fatal(err)
	}
	before := qda.Hash{9}
	e.Seal(before)
	sum := sha256.Sum256(append(e.Salt[:], e.Body...))
	var b []byte
	b = append(b, before[:]...)
	b = binary.BigEndian.AppendUint64(b, 7)
	b = binary.BigEndian.AppendUint64(b, 2)
	b = append(b, e.Change[:]...)
	b = binary.BigEndian.AppendUint64(b, 3)
	b = binary.BigEndian.AppendUint64(b, 1_700_000_000_123_456)
	b = binary.BigEndian.AppendUint64(b, 11)
	b = append(b, "MemoWritten"...)
	b = append(b, sum[:]...)
	if e.Sum != sum || e.Hash != sha256.Sum256(b) || !e.Sealed(before) {
		t.Error("the seal is not as defined")
	}
	for name, change := range map[string]func(*qda.Entry){
		"body": func(e *qda.Entry) { e.Body = slices.Clone(e.Body); e.Body[3]++ }, "coder": func(e *qda.Entry) { e.Coder++ }, "seq": func(e *qda.Entry) { e.Seq++ },
		"time": func(e *qda.Entry) { e.At = e.At.Add(time.Microsecond) }, "salt": func(e *qda.Entry) { e.Salt[0]++ }, "kind": func(e *qda.Entry) { e.Kind += "x" },
	} {
		x := *e
		change(&x)
		if x.Sealed(before) {
			t.Errorf("a changed %s does not show", name)
		}
	}
	x := *e
	x.Body, x.Salt, x.Erased = nil, [16]byte{}, 9
	if !x.Sealed(before) || x.Sealed(qda.Hash{}) {
		t.Error("the chain over an erased entry does not hold, or holds anyway")
	}
}

func TestChangeIDs(t *testing.T) {
	const s = "0f8fad5b-d9cb-469f-a165-70867728950e"
	c, err := qda.ParseChangeID(s)
	if err != nil || c.String() != s {
		t.Errorf("%s, %v", c, err)
	}
	for _, bad := range []string{"", s[1:], strings.ReplaceAll(s, "-", "_"), strings.ReplaceAll(s, "f", "g")} {
		if _, err := qda.ParseChangeID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if a, b := qda.GUID(c, 1), qda.GUID(c, 2); a == b || a[6]>>4 != 5 || a[8]>>6 != 2 || a != qda.GUID(c, 1) {
		t.Errorf("GUIDs %s and %s", a, b)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"  Biaya \t tinggi ": "Biaya tinggi", "e\u0301": "é", "🦐": "🦐"} {
		if got, err := qda.CleanName(in); err != nil || got != want {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{"": "refused.name_empty", "\u200b": "refused.name_empty", "a\x01": "refused.name_control", "a\u202eb": "refused.name_control",
		"\xff": "refused.utf8", strings.Repeat("a", qda.MaxName+1): "refused.name_long"} {
		var refused *qda.Error
		if got, err := qda.CleanName(in); !errors.As(err, &refused) || refused.Key != key {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	if got, err := qda.CleanText("  a\r\nb\r\n \n"); err != nil || got != "  a\nb" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := qda.CleanText("a\x00"); err == nil {
		t.Error("NUL was taken")
	}
}
