package exchange

import (
	"bytes"
	"fmt"
	"html"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkRead reads a talk of ten hours in each format; MB/s is of the bytes that hold it (the XML of docx and odt),
// the other two are of the same bytes, and of its text alone,
// a second of processor time.
func BenchmarkRead(b *testing.B) {
	said := talk(rand.New(rand.NewPCG(5, 5)), 600)
	var txt, word, plain, odt, rtf, page strings.Builder
	rtf.WriteString(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Times New Roman;}}` + "\r\n")
	page.WriteString("<!DOCTYPE html><html><meta charset=utf-8><body>")
	for _, s := range said {
		txt.WriteString(s.who + ": " + s.text + "\n")
		w := html.EscapeString(s.text)
		fmt.Fprintf(&page, "<p class=\"a\"><b>%s:</b> %s</p>\n", s.who, w)
		fmt.Fprintf(&rtf, "\\pard\\plain \\s0\\f0\\fs24\\lang1057 {\\b %s:} %s\\par\r\n", s.who, rtfWords(s.text))
		fmt.Fprintf(&odt, `<text:p text:style-name="Standard"><text:span text:style-name="T1">%s:</text:span> %s</text:p>`, s.who, w)
		fmt.Fprintf(&plain, `<w:p><w:pPr><w:pStyle w:val="Normal"/><w:rPr></w:rPr></w:pPr><w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t>%s:</w:t></w:r><w:r><w:rPr></w:rPr><w:t xml:space="preserve"> %s</w:t></w:r></w:p>`, s.who, w)
		word.WriteString(`<w:p w14:paraId="00AB12CD" w:rsidR="00AB12CD" w:rsidRDefault="00AB12CD"><w:pPr><w:pStyle w:val="a"/></w:pPr>`)
		for i, part := range strings.SplitAfter(s.who+": "+w, " ") { // a run for each few words, as Word's spelling check leaves them
			if i%4 == 0 {
				if i > 0 {
					word.WriteString(`</w:t></w:r><w:proofErr w:type="spellEnd"/>`)
				}
				word.WriteString(`<w:r w:rsidRPr="00AB12CD"><w:rPr><w:lang w:val="id-ID"/></w:rPr><w:t xml:space="preserve">`)
			}
			word.WriteString(part)
		}
		word.WriteString(`</w:t></w:r></w:p>`)
	}
	rtf.WriteString("}")
	for _, c := range []struct {
		what, name string
		data       []byte
		size       int
	}{
		{"txt", "a.txt", []byte(txt.String()), txt.Len()},
		{"docx Word", "a.docx", docxOf(b, `<?xml version="1.0"?><w:document `+wordNS+` xmlns:w14="x"><w:body>`+word.String()+`</w:body></w:document>`), word.Len()},
		{"docx LibreOffice", "a.docx", docxOf(b, plain.String()), plain.Len()},
		{"odt", "a.odt", odtOf(b, odt.String()), odt.Len()},
		{"rtf", "a.rtf", []byte(rtf.String()), rtf.Len()},
		{"html", "a.html", []byte(page.String()), page.Len()},
		{"srt", "a.srt", []byte(subtitles(said)), 0},
		{"vtt", "a.vtt", []byte("WEBVTT\n\n" + strings.ReplaceAll(subtitles(said), ",", ".")), 0},
	} {
		b.Run(c.what, func(b *testing.B) {
			if c.size == 0 {
				c.size = len(c.data)
			}
			b.SetBytes(int64(c.size))
			n, before := 0, cpu(b)
			for b.Loop() {
				r, err := Read(c.name, c.data, Options{})
				if err != nil {
					b.Fatal(err)
				}
				n += len(r.Text())
			}
			used := (cpu(b) - before).Seconds() // of the processor, so that a busy machine measures the same
			b.ReportMetric(float64(c.size)*float64(b.N)/1e6/used, "cpu-MB/s")
			b.ReportMetric(float64(n)/1e6/used, "text-cpu-MB/s")
		})
	}
}

// BenchmarkPdf reads a transcript of 115 pages in a child, beside pdftotext (poppler-utils) in the same run; the ratio is
// of the time that each takes from start to end.
func BenchmarkPdf(b *testing.B) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		b.Fatal("pdftotext is needed (apt-get install poppler-utils): ", err)
	}
	var pages [][]printed
	for i := range 115 {
		var lines []string
		for k := range 11 {
			lines = append(lines, fmt.Sprintf("RY: Sejak kapan Ibu menjual kopi nomor %d ini lewat pengepul", i*11+k), "dari luar kota itu?",
				"P01: Sejak tahun lalu, karena koperasi belum punya sertifikat yang", "diminta oleh pembeli dari luar negeri, dan banknya jauh sekali.")
		}
		pages = append(pages, linesAt(72, 780, lines...))
	}
	data := pdfOf(pages...)
	x := pdfChild(b)
	var ours, theirs time.Duration
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		start := time.Now()
		r, err := x.Read(b.Context(), "a.pdf", data, Options{})
		if err != nil || len(r.Turns) != 2*11*115 {
			b.Fatal(r, err)
		}
		ours += time.Since(start)
		start = time.Now()
		cmd := exec.Command(tool, "-", "-")
		cmd.Stdin = bytes.NewReader(data)
		if out, err := cmd.Output(); err != nil || len(out) < 100_000 {
			b.Fatal(len(out), err)
		}
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-pdftotext")
}
