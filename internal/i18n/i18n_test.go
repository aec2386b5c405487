package i18n

import (
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct{ accept, chosen, want string }{
		{"", "", "en"},
		{"id-ID,id;q=0.9,en;q=0.8", "", "id"},
		{"in", "", "id"},
		{"nb-NO,nb;q=0.9", "", "en"},
		{"en-GB", "id", "id"},
		{"id", "en", "en"},
		{"id", "xx", "id"},
		{"%%%", "", "en"},
		{"*", "", "en"},
	} {
		if got := Match(c.accept, c.chosen); got != c.want {
			t.Errorf("Match(%q, %q) = %q, want %q", c.accept, c.chosen, got, c.want)
		}
	}
}

func TestNumbersDatesAndTimes(t *testing.T) {
	at := time.Date(2026, 3, 12, 2, 14, 0, 0, time.UTC)
	now := at.Add(3 * time.Hour)
	en, id := New("en", "Europe/Oslo"), New("id", "Asia/Makassar")
	for _, c := range []struct{ got, want string }{
		{en.Num(96210), "96,210"},
		{id.Num(96210), "96.210"},
		{id.Num(-1), "-1"},
		{en.Decimal("41.5"), "41.5"},
		{id.Decimal("-41.5"), "-41,5"},
		{id.Decimal("2009"), "2009"},
		{id.Decimal("3.4.2025"), "3.4.2025"},
		{id.Decimal("kl. 1.5"), "kl. 1.5"},
		{en.Percent(0.62), "62%"},
		{en.Percent(0.001), "1%"},
		{en.Percent(0.999), "99%"},
		{en.Percent(0), "0%"},
		{en.Percent(1), "100%"},
		{en.Date(at), "12 March 2026"},
		{id.Date(at), "12 Maret 2026"},
		{id.Date(at.Add(14 * time.Hour)), "13 Maret 2026"},
		{en.DateOf("2026-08-01"), "1 August 2026"},
		{id.DateOf("2026-08-01"), "1 Agustus 2026"},
		{id.DateOf("in spring"), "in spring"},
		{en.Time(at), "03:14 CET"},
		{id.Time(at), "10.14 WITA"},
		{New("id", "Asia/Jakarta").Time(at), "09.14 WIB"},
		{New("id", "Asia/Jayapura").Time(at), "11.14 WIT"},
		{New("en", "America/Sao_Paulo").Time(at), "23:14 UTC-03"},
		{New("en", "nowhere").Time(at), "02:14 UTC"},
		{id.When(at, now), "hari ini 10.14"},
		{en.When(at, now), "today 03:14"},
		{id.When(at.AddDate(0, 0, -1), now), "kemarin 10.14"},
		{id.When(at.AddDate(0, 0, -2), now), "10 Maret 2026"},
		{id.When(at.Add(-3*time.Hour), now), "hari ini 07.14"},
		{id.When(at.Add(-11*time.Hour), now), "kemarin 23.14"},
		{en.Exact(at), "12 March 2026, 03:14 CET"},
		{New("xx", "").Lang(), "en"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	p := New("en", "")
	if got := p.T("nav.me", "initials", "R", "name", "{name} & <b>"); got != "R, account of {name} & <b>" {
		t.Errorf("a value is not read as a message: got %q", got)
	}
	if got := p.fill("k", "{n} of {all}", []any{"n", 1200, "all", int64(9000)}); got != "1,200 of 9,000" {
		t.Errorf("got %q", got)
	}
}

func TestMissingKeyStopsATest(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a missing key went unnoticed")
		}
	}()
	New("en", "").T("there.is.no.such.key")
}

func TestZonesExist(t *testing.T) {
	for _, z := range Zones {
		if _, err := time.LoadLocation(z); err != nil {
			t.Errorf("zone %s: %v", z, err)
		}
	}
	if !IsZone("Asia/Makassar") || IsZone("Local") || IsZone("") {
		t.Error("IsZone is wrong")
	}
}

func TestLanguageNames(t *testing.T) {
	for _, l := range Languages {
		p, seen := New(l, ""), map[string]string{}
		for _, tag := range TextLanguages {
			name := p.Language(tag)
			if name == tag || seen[name] != "" {
				t.Errorf("%s: %q is called %q, like %q", l, tag, name, seen[name])
			}
			seen[name] = tag
		}
	}
	if got := New("id", "").Language("en"); got != "Inggris" {
		t.Errorf("got %q", got)
	}
	if got := New("en", "").Language("not a tag"); got != "not a tag" {
		t.Errorf("got %q", got)
	}
}

// TestWhatIsSaidOnceAgrees: a sentence that goes along to the next page has no plural, so no noun may stand after its number.
func TestWhatIsSaidOnceAgrees(t *testing.T) {
	for _, n := range []string{"1", "2"} {
		for key, want := range map[string]string{"done.codebook": "Brought into the codebook. Changes: " + n + ".", "done.tables": "Brought in from the table. Changes: " + n + "."} {
			if got := New("en", "UTC").T(key, "n", n); got != want {
				t.Errorf("%s: %q", key, got)
			}
		}
	}
}
