package server

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anyam/internal/i18n"
)

// vendorFile is a small made-up project in the way of a program, as refi keeps them: parts that begin with "-- NAME [crlf] [bom] --".
func vendorFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../exchange/refi/testdata/vendors/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var files []packed
	for _, part := range strings.Split("\n"+string(data), "\n-- ")[1:] {
		head, body, _ := strings.Cut(part, " --\n")
		words := strings.Fields(head)
		body = strings.TrimSuffix(body, "\n")
		if strings.Contains(head, " crlf") {
			body = strings.ReplaceAll(body, "\n", "\r\n")
		}
		if strings.Contains(head, " bom") {
			body = "\ufeff" + body
		}
		files = append(files, packed{words[0], body})
	}
	return zipOf(t, files...)
}

// TestWhatOtherProgramsLose holds all that a person is told of a project of another program: what came in, and what could not be as it was
// and why, on the way to us and on the way into a project.
func TestWhatOtherProgramsLose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	var got bytes.Buffer
	for _, name := range []string{"atlasti", "maxqda", "nvivo", "qualcoder"} {
		b := w.broughtInto(p.id, vendorFile(t, name))
		fmt.Fprintf(&got, "%s: %d coders, %d attributes, %d informants, %d codes, %d documents and %d joined, %d codings, %d memos\n", name, b.Coders, b.Attributes, b.Cases, b.Codes, b.Documents, b.Joined, b.Codings, b.Memos)
		for _, x := range b.File.Items {
			fmt.Fprintf(&got, "  file: %s %d × %s: %s %q\n", x.Fate, x.Count, x.Element, x.Reason.Sentence(), x.Examples)
		}
		for _, x := range b.Left {
			fmt.Fprintf(&got, "  here: %s %d × %s: %s\n", x.Fate, x.Count, x.What, x.Why)
		}
	}
	at := filepath.Join("testdata", "losses.txt")
	if *update {
		if err := os.WriteFile(at, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("go test -run WhatOtherProgramsLose -update, and read what changed:\n%s\nnot\n%s", got.Bytes(), want)
	}
}

// TestLossesInPlainWords: no report names an attribute of the schema, and a document without text is told as lost, once.
func TestLossesInPlainWords(t *testing.T) {
	t.Parallel()
	a := &ask{L: i18n.New("en", "UTC")}
	for name, want := range map[string]string{"TextSource": "Texts", "Code/@color": "Colours", "dateTime": "Dates", "Link/@name": "Links", "PDFSelection/@page": "Selections in PDFs", "Vertex/@representedGUID": "Nodes of maps",
		"Coding/CodeRef": "References to codes", "Code/@weight": "Codes weight", "Odd": "Odd", "comment": "Comments in the margin"} {
		if got := a.element(name); got != want {
			t.Errorf("%s is called %q, not %q", name, got, want)
		}
	}
	w := newWorld(t)
	id, _ := w.newProject(t)
	b := w.broughtInto(id, foreign(t, `<Sources><TextSource guid="`+xid(1)+`" name="Hilang" plainTextPath="internal://hilang.txt"/></Sources>`, nil))
	if len(b.File.Items) > 0 || leftBehind(b)["documents no_text"] != "lost 1 Hilang" {
		t.Errorf("told %v and %v", b.File.Items, b.Left)
	}
}
