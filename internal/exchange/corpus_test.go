package exchange

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// cpu is the processor time this process has used.
func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// samples are the files of testdata/formats that other programs would write.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := os.ReadDir(formats)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".json") || f.Name() == "README" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(formats, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = data
	}
	return out
}

// sound: no panic, a reason or a Reading that keeps its promises, in two seconds of processor time.
func sound(t *testing.T, what, name string, data []byte) *Reading {
	t.Helper()
	before := cpu(t)
	r, err := Read(name, data, tables(name))
	if took := cpu(t) - before; took > 2*time.Second && !raceBuild {
		t.Errorf("%s of %s: took %v", what, name, took)
	}
	if err != nil {
		var b *BadFile
		if !errors.As(err, &b) || r != nil || b.cause != nil && strings.HasPrefix(b.cause.Error(), "panic:") {
			t.Errorf("%s of %s: %v (%v)", what, name, err, errors.Unwrap(err))
		}
		return nil
	}
	if err := r.check(); err != nil {
		t.Errorf("%s of %s: %v", what, name, err)
	}
	return r
}

// TestCutShort: every sample, cut at every kilobyte; formats that say where they end are refused, not read by half.
func TestCutShort(t *testing.T) {
	for name, data := range samples(t) {
		ends := map[string]bool{".docx": true, ".odt": true, ".rtf": true, ".xlsx": true, ".fodt": true}[filepath.Ext(name)]
		step := max(1024, len(data)/60/1024*1024)
		if raceBuild {
			step *= 4
		}
		for at := 1024; at < len(data); at += step {
			if r := sound(t, "a cut", name, data[:at]); ends && r != nil {
				t.Errorf("%s, cut at %d of %d, was read", name, at, len(data))
			}
		}
	}
}

// TestSpoiled: samples with bytes that don't belong there.
func TestSpoiled(t *testing.T) {
	for name, data := range samples(t) {
		data = data[:min(len(data), 40_000)]
		places := 12
		if raceBuild {
			places = 3
		}
		for at := 0; at < len(data); at += max(1, len(data)/places) {
			for what, with := range map[string]string{"NUL": "\x00\x00", "a lone surrogate": "\xed\xa0\x80", "wrong UTF-8": "\xff\xfe\xfd", "UTF-16": "\x00a\x00b", "an end": "\x1a", "a brace": "}", "a tag": "<p", "a quote": "\""} {
				spoiled := append(append(append([]byte{}, data[:at]...), with...), data[at:]...)
				sound(t, what, name, spoiled)
			}
		}
	}
	for what, c := range map[string]string{
		"a control character in XML": string(docxOf(t, p("a&#1;"))),
		"wrong UTF-8 in XML":         string(odtOf(t, "<text:p>a\xff</text:p>")), "an unknown encoding": string(odtOf(t, `<?xml version="1.0" encoding="klingon"?><office:document-content/>`)),
	} {
		if r := sound(t, what, "a.odt", []byte(c)); r != nil {
			t.Errorf("%s was read: %q", what, r.Text())
		}
	}
}

// TestWholeInAnotherEncoding: a text format saved as UTF-16 reads as the same turns.
func TestWholeInAnotherEncoding(t *testing.T) {
	for name, data := range samples(t) {
		switch filepath.Ext(name) {
		case ".html", ".srt", ".vtt", ".csv", ".tsv", ".md":
		default:
			continue
		}
		wide := []byte{0xFF, 0xFE}
		words := string(data)
		if !utf8.Valid(data) { // the only other one among the samples
			words = decodeAs(data, "windows-1252")
		}
		for _, u := range utf16.Encode([]rune(words)) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		if filepath.Ext(name) == ".csv" {
			if got, want := tableOf(mustRead(t, name, wide, tables(name)).Table), tableOf(mustRead(t, name, data, tables(name)).Table); got != want {
				t.Errorf("%s as UTF-16 reads differently:\n%s\nwant\n%s", name, got, want)
			}
			continue
		}
		if got, want := turnsOf(mustRead(t, name, wide, Options{})), turnsOf(mustRead(t, name, data, Options{})); got != want {
			t.Errorf("%s as UTF-16 reads differently:\n%s\nwant\n%s", name, clip(got, 500), clip(want, 500))
		}
	}
}

// TestOneLongRow: ten megabytes in one row pass through a child's limits and are refused or read.
func TestOneLongRow(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	many := func(s string, n int) string { // with a number in each, or a zip of it would be a bomb
		var b strings.Builder
		for b.Len() < n {
			fmt.Fprintf(&b, s, rnd.IntN(1e6))
		}
		return b.String()
	}
	n := 10 << 20
	if raceBuild { // what is made and what comes back goes through this process
		n = 2 << 20
	}
	words := strings.Repeat("kata dan 1:23 ", n/14)
	letters := strings.Repeat("a", n)
	x := self(t)
	for name, data := range map[string]string{
		"a.rtf": `{\rtf1 ` + words + `}`, "b.rtf": `{\rtf1 ` + strings.Repeat(`\u233?\'e9 {\b x}`, n/18) + `}`, "c.rtf": `{\rtf1` + strings.Repeat(`{\footnote x}`, n/13) + `}`,
		"d.rtf": `{\rtf1` + strings.Repeat(`{\*\atrfstart 1}{\*\annotation x}`, n/34) + `}`, "e.rtf": `{\rtf1` + strings.Repeat(`\par a`, n/6) + `}`,
		"a.html": "<html>" + words, "b.html": "<html>" + strings.Repeat("<b>a", n/4), "c.html": "<html>" + strings.Repeat("<a href='x'>", n/12), "d.html": "<html>" + strings.Repeat("<ol><li>a", n/9),
		"e.html": "<html><p title='" + letters + "'>a", "f.html": "<html><!--" + letters, "g.html": "<html>" + strings.Repeat("&amp;", n/5), "h.html": "<html>" + strings.Repeat("<!-- x -->a", n/11),
		"a.odt": string(odtOf(t, "<text:p>"+many("kata %d ", n)+"</text:p>")), "b.odt": string(odtOf(t, many(`<text:p>a<office:annotation><text:p>%d</text:p></office:annotation></text:p>`, n))),
		"c.odt":  string(odtOf(t, many(`<text:note><text:note-body><text:p>%d</text:p></text:note-body></text:note>`, n))),
		"d.odt":  string(odtOf(t, many(`<text:list text:style-name="L"><text:list-item><text:p>%d</text:p></text:list-item></text:list>`, n))),
		"a.docx": string(docxOf(t, p(many("kata %d ", n)))), "a.srt": "1\n00:00:01,000 --> 00:00:02,000\n" + words, "b.srt": strings.Repeat("1\n00:00:01,000 --> 00:00:02,000\na\n\n", n/36), "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + strings.Repeat("<v A>a", n/6),
		"a.csv": words, "b.csv": strings.Repeat("a,b\n", n/4), "c.csv": `"` + letters, "d.csv": strings.Repeat(`"`, n), "e.csv": strings.Repeat(",", n),
		"a.xlsx": string(xlsxOf(t, many(`<row><c t="inlineStr"><is><t>kata %d</t></is></c></row>`, n))), "b.xlsx": string(xlsxOf(t, `<row>`+many(`<c><v>%d</v></c>`, n)+`</row>`)),
		"a.json": `{"segments":[` + many(`{"start":%d,"text":"a"},`, n) + `{}]}`, "a.tsv": whisperTable + many("%d\t9999999\ta\n", n),
		"a.txt": words, "b.txt": letters, "a.md": words,
	} {
		start := time.Now()
		r, err := x.Read(t.Context(), name, []byte(data), tables(name))
		took := time.Since(start)
		var b *BadFile
		if err != nil && (!errors.As(err, &b) || b.Reason == BadCrashed || b.Reason == BadSlow) {
			t.Errorf("%s: %v (%v) after %v", name, err, errors.Unwrap(err), took)
			continue
		}
		how := "read"
		if r == nil {
			how = b.Reason
		}
		t.Logf("%-8s %-8s %v", name, how, took.Round(time.Millisecond))
	}
}
