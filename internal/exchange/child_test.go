package exchange

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anyam/internal/exchange/refi"
	"anyam/internal/progtest"
)

// self is an Extractor whose child is the program as people run it: with the race detector in it, a child takes a second to
// begin and has no limit of memory. With args the child is this test, which then plays what they say.
func self(t testing.TB, args ...string) *Extractor {
	t.Helper()
	find := os.Executable
	if len(args) == 0 {
		find = progtest.Exe
	}
	exe, err := find()
	if err != nil {
		t.Fatal(err)
	}
	x := &Extractor{Exe: exe, Args: args}
	t.Cleanup(x.Close)
	return x
}

// public is a Reading as it comes over the wire.
func public(t testing.TB, r *Reading) *Reading {
	t.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	out := &Reading{}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestChildReadsTheSame: the child's reading of every file is the one made here.
func TestChildReadsTheSame(t *testing.T) {
	x := self(t)
	files, err := os.ReadDir(formats)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Replace: map[string]string{"Ratmi": "Bu A."}, Labels: map[string]string{"P04": "Informan"}}
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".json") || strings.HasSuffix(f.Name(), ".fodt") || f.Name() == "README" {
			continue
		}
		n++
		data, err := os.ReadFile(filepath.Join(formats, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		opt.Table = tables(f.Name()).Table
		got, err := x.Read(t.Context(), f.Name(), data, opt)
		if err != nil {
			t.Fatalf("%s: %v, %v", f.Name(), err, errors.Unwrap(err))
		}
		if want := public(t, mustRead(t, f.Name(), data, opt)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the child reads it differently", f.Name())
		}
	}
	if n < 6 {
		t.Fatalf("only %d files", n)
	}
}

// TestChildRefuses: hostile files give the same reasons through the child, several at a time.
func TestChildRefuses(t *testing.T) {
	x := self(t)
	var wg sync.WaitGroup
	for _, h := range hostiles(t) {
		wg.Go(func() {
			_, err := x.Read(t.Context(), h.name, h.data, Options{})
			var b *BadFile
			if !errors.As(err, &b) || b.Reason != h.reason && !(h.what == "bomb, a million entries" && b.Reason == BadBroken) {
				t.Errorf("%s: %v (%v), want %v", h.what, err, errors.Unwrap(err), h.reason)
			}
		})
	}
	wg.Wait()
}

func TestGuardsHold(t *testing.T) {
	guards, err := self(t).Guards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(guards)
	for _, g := range []string{"no_new_privs", "cpu", "fsize", "nofile", "core"} {
		if !slices.Contains(guards, g) {
			t.Errorf("guard %s doesn't hold: %v", g, guards)
		}
	}
	if !slices.Contains(guards, "data") {
		t.Errorf("no memory limit: %v", guards)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "attack")
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil || string(out) != "end\n" {
		t.Errorf("after the restriction a child could still: %s (%v)", out, err)
	}
}

// TestChildDies: whatever becomes of the child, the parent has a reason, in time, and stays small.
func TestChildDies(t *testing.T) {
	for how, reasons := range map[string][]string{
		"die": {BadCrashed}, "lie": {BadCrashed}, "babble": {BadCrashed}, "hang": {BadSlow}, "spin": {BadCrashed, BadSlow},
	} {
		x := self(t, how)
		switch how {
		case "hang":
			x.Wait = 200 * time.Millisecond
		case "spin":
			x.Wait = 5 * time.Second
		default:
			x.Wait = time.Minute // it ends by itself, but on a busy machine it may take its time to say so much
		}
		_, err := x.Read(t.Context(), "a.txt", []byte("halo"), Options{})
		var b *BadFile
		if !errors.As(err, &b) || !slices.Contains(reasons, b.Reason) {
			t.Errorf("%s: %v", how, err)
		}
	}
	if !raceBuild {
		_, err := self(t, "eat").Read(t.Context(), "a.txt", []byte("halo"), Options{})
		var b *BadFile
		if !errors.As(err, &b) || b.Reason != BadCrashed || b.Unwrap() == nil {
			t.Errorf("a child that eats memory: %v", err)
		}
	}
	if _, err := (&Extractor{Exe: "/nowhere/anyam"}).Read(t.Context(), "a.txt", []byte("x"), Options{}); err == nil || errors.As(err, new(*BadFile)) {
		t.Errorf("a program that isn't there: %v", err)
	}
}

// TestChildQueue: no more than Most at once, and who gives up waiting leaves the queue.
func TestChildQueue(t *testing.T) {
	x := self(t, "hang")
	x.Most, x.Wait = 1, 20*time.Second
	x.start()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := x.Read(ctx, "a.txt", []byte("x"), Options{})
		first <- err
	}()
	for len(x.slots) == 0 {
		select {
		case err := <-first:
			t.Fatalf("the first came back: %v", err)
		default:
		}
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := x.Read(short, "a.txt", []byte("x"), Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second, queued: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first, given up: %v", err)
	}
	if len(x.slots) != 0 {
		t.Error("a place in the queue is still taken")
	}
}

// goodAnswer is an answer as a child gives it.
func goodAnswer(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	r := mustRead(t, "a.txt", []byte("RY: Apa kata Bu Ratmi?\r\nP1: Ini.\nRY: (0:12) Ya?\nP1: Ya."), Options{})
	if err := writeAnswer(&b, answer{Reading: r, Guards: []string{"cpu"}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAnswersAreChecked: what a child that was taken over might say is refused.
func TestAnswersAreChecked(t *testing.T) {
	if _, err := parseAnswer(goodAnswer(t)); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(*answer){
		"both":            func(a *answer) { a.Bad = bad(BadEmpty) },
		"neither":         func(a *answer) { a.Reading = nil },
		"format":          func(a *answer) { a.Reading.Format = "exe" },
		"charset":         func(a *answer) { a.Reading.Charset = "klingon" },
		"NUL":             func(a *answer) { a.Reading.Turns[0].Text = "a\x00b" },
		"CR":              func(a *answer) { a.Reading.Turns[0].Text = "a\rb" },
		"no text":         func(a *answer) { a.Reading.Turns[0].Text = "" },
		"counts":          func(a *answer) { a.Reading.Chars++ },
		"words":           func(a *answer) { a.Reading.Words-- },
		"turns":           func(a *answer) { a.Reading.Turns = nil },
		"time":            func(a *answer) { a.Reading.Turns[0].FromMS = -5 },
		"time order":      func(a *answer) { a.Reading.Turns[0].FromMS, a.Reading.Turns[0].ToMS = 5, 4 },
		"label":           func(a *answer) { a.Reading.Turns[0].Label = "a\nb" },
		"unknown speaker": func(a *answer) { a.Reading.Speakers = a.Reading.Speakers[:1] },
		"speaker's words": func(a *answer) { a.Reading.Speakers[0].Words++ },
		"role":            func(a *answer) { a.Reading.Speakers[0].GuessRole = "owner" },
		"note":            func(a *answer) { a.Reading.Notes = []Note{{Key: "reading.note.<b>", N: 1}} },
		"note's argument": func(a *answer) { a.Reading.Notes[0].Args = map[string]string{"a": strings.Repeat("x", 500)} },
		"title":           func(a *answer) { a.Reading.Title = strings.Repeat("x", 5000) },
		"guard":           func(a *answer) { a.Guards = []string{"moat"} },
		"name":            func(a *answer) { a.Reading.Names = []NameHit{{Word: "x\x01", Count: 1}} },
	} {
		a, err := parseAnswer(goodAnswer(t))
		if err != nil {
			t.Fatal(err)
		}
		spoil(a)
		var b bytes.Buffer
		if err := writeAnswer(&b, *a); err != nil {
			t.Fatal(err)
		}
		if _, err := parseAnswer(b.Bytes()); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	good := goodAnswer(t)
	for what, raw := range map[string][]byte{
		"bytes after": append(slices.Clone(good), 'x'), "cut": good[:len(good)-3], "empty": nil, "other mark": append([]byte("ANX2"), good[4:]...),
		"more in it": append([]byte(wireMark), append(binary.BigEndian.AppendUint32(nil, uint32(len(good)-7)), append(slices.Clone(good[8:]), 0)...)...),
	} {
		if _, err := parseAnswer(raw); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

// TestChildReadsProjects: a document that comes as a styled file alone is read out of it, the file a text was in stays as it is, and a
// tree of codes deeper than a child's answer may be comes in all the same.
func TestChildReadsProjects(t *testing.T) {
	styled, err := os.ReadFile(filepath.Join(formats, "wawancara.docx"))
	if err != nil {
		t.Fatal(err)
	}
	guid := func(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n) }
	codes := ""
	for i := range 100 {
		codes += fmt.Sprintf(`<Code guid="%s" name="k%d" isCodable="true">`, guid(100+i), i)
	}
	xml := `<Project xmlns="urn:QDA-XML:project:1.0" name="P"><CodeBook><Codes>` + codes + strings.Repeat("</Code>", 100) + `</Codes></CodeBook><Sources><TextSource guid="` + guid(1) + `" name="styled" richTextPath="internal://a.docx"/>` +
		`<TextSource guid="` + guid(2) + `" name="plain" plainTextPath="internal://b.txt"/></Sources></Project>`
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for name, data := range map[string][]byte{"project.qde": []byte(xml), "sources/a.docx": styled, "sources/b.txt": []byte("\ufeffsatu\r\ndua")} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p, r, err := self(t).Project(t.Context(), file.Bytes())
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	want := mustRead(t, "a.docx", styled, Options{NoSpeakers: true, NoTimes: true}).Text()
	if d := p.Documents; d[0].Text != want || !bytes.Equal(d[0].Original, styled) || string(d[1].Original) != "\ufeffsatu\r\ndua" || d[1].Text != "satu\ndua" {
		t.Errorf("%.80q of %d bytes, %q of %q", d[0].Text, len(d[0].Original), d[1].Text, d[1].Original)
	}
	n := 0
	p.EachCode(func(_, _ *refi.Code) { n++ })
	if n != 100 || !strings.Contains(r.String(), "40 × Code: the code was deeper") {
		t.Errorf("%d codes; %s", n, r)
	}
}
