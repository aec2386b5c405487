//go:build office

package exchange

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// opened lets LibreOffice, which nobody here wrote, open a file and gives it in a flat format that is easy to look into.
func opened(t *testing.T, name, as string, write func(io.Writer) error) string {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", as, "--outdir", dir, filepath.Join(dir, name))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice (Debian packages libreoffice-writer-nogui and libreoffice-calc-nogui) could not open %s: %v\n%s", name, err, out)
	}
	made, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name))+"."+as))
	if err != nil {
		t.Fatalf("soffice made nothing of %s: %v", name, err)
	}
	return string(made)
}

func TestOfficeOpensWorkbooks(t *testing.T) {
	evil := []string{"=1+1", "+1+1", "-1+1", "@SUM(1;1)", "\t=1+1", "\r=1+1", "＝1+1", "=HYPERLINK(\"http://x\")", "007", "1e5", " baris "}
	var rows []CodebookRow
	var segments []SegmentRow
	for i, e := range evil {
		rows = append(rows, CodebookRow{ID: int64(i + 1), Path: e, Level: 1, Kind: "code", Name: e, Definition: e, CreatedBy: e})
		segments = append(segments, SegmentRow{Coding: int64(i + 1), Document: e, Speaker: e, FromMS: -1, ToMS: -1, Words: e, CodePath: e, Memo: e, Coder: e})
	}
	for name, sheet := range map[string]string{
		"codebook.xlsx": opened(t, "codebook.xlsx", "fods", func(w io.Writer) error { return WriteCodebookXLSX(w, rows) }),
		"segments.xlsx": opened(t, "segments.xlsx", "fods", func(w io.Writer) error { return WriteSegmentsXLSX(w, nil, segments) }),
	} {
		if n := strings.Count(sheet, "table:formula="); n != 0 {
			t.Errorf("%s: %d formula cells", name, n)
		}
		if n := strings.Count(sheet, ">007</text:p>"); n < 3 || !strings.Contains(sheet, ">=1+1</text:p>") || !strings.Contains(sheet, `office:value-type="float"`) {
			t.Errorf("%s: words became numbers, or numbers words (%d)", name, n)
		}
	}
}

func TestOfficeOpensCodedDocument(t *testing.T) {
	flat := opened(t, "coded.docx", "fodt", func(w io.Writer) error { return WriteCodedDOCX(w, coded()) })
	if n := strings.Count(flat, "<office:annotation "); n != 4 {
		t.Errorf("%d comments, want 4", n)
	}
	if n := strings.Count(flat, "<office:annotation-end "); n != 4 {
		t.Errorf("%d comments have an end", n)
	}
	for _, s := range []string{"<dc:creator>Rina &quot;RY&quot; Yusuf</dc:creator>", "<dc:date>2026-03-12T01:30:00", "Pasar / Menjual", "Benar?", "🦐"} {
		if !strings.Contains(flat, s) && !strings.Contains(flat, strings.ReplaceAll(s, "&quot;", `"`)) {
			t.Errorf("%q is not in what it opened", s)
		}
	}
}

func TestOfficeOpensPapers(t *testing.T) {
	text := opened(t, "paper.docx", "txt", func(w io.Writer) error { return WriteDOCX(w, wicked()) })
	for _, s := range []string{"Tema & <klaim> #1", "# Saya 🦐 *menebak*.", "1. _Baris_ <b>kedua</b> &amp; [x](y)", "    empat", "Bukti | lain", "Akhir"} {
		if !strings.Contains(text, s) {
			t.Errorf("%q is not in what it opened:\n%s", s, text)
		}
	}
}
