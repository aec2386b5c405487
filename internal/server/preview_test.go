package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/store"
)

// TestNothingIsSaidToBeKeptThatIsNot: what the notes call left out, replaced or not decoded is no file of which every word is kept.
func TestNothingIsSaidToBeKeptThatIsNot(t *testing.T) {
	raw, err := os.ReadFile("../i18n/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	l := i18n.New("en", "UTC")
	a := &ask{L: l}
	says := func(notes ...exchange.Note) string {
		return a.notes(&exchange.Reading{Words: 20, Turns: make([]exchange.Turn, 3), Notes: notes})[0].Text
	}
	if got := says(); got != "20 words in 3 turns; every word of the file is kept" {
		t.Errorf("of a file without notes: %q", got)
	}
	lost := 0
	for key := range texts {
		if !strings.HasPrefix(key, "reading.note.") {
			continue
		}
		n := exchange.Note{Key: key, N: 2}
		text, want := NotesIn(l, []exchange.Note{n})[0], "20 words in 3 turns; every word of the file is kept"
		if strings.Contains(text, "left out") || strings.Contains(text, "could not") || strings.Contains(text, "replaced") {
			want = "20 words in 3 turns"
			lost++
		}
		if got := says(exchange.Note{Key: "reading.note.bom", N: 1}, n); got != want {
			t.Errorf("beside %q: %q", text, got)
		}
	}
	if lost < 10 {
		t.Errorf("only %d notes tell of a loss", lost)
	}
}

// TestLengthOfATranscript: what is shorter than half a minute has no minutes.
func TestLengthOfATranscript(t *testing.T) {
	a := &ask{L: i18n.New("en", "UTC")}
	for to, want := range map[int64]string{0: "plain text", 29_000: "plain text", 31_000: "plain text, 1 min", 2_460_000: "plain text, 41 min"} {
		if got := a.readAs(&exchange.Reading{Format: "txt", TimedTo: to}); got != want {
			t.Errorf("%d ms: %q, not %q", to, got, want)
		}
	}
	if got := a.readAs(&exchange.Reading{Format: "txt", TimedFrom: -1, TimedTo: -1}); got != "plain text" {
		t.Errorf("without times: %q", got)
	}
}

// TestCharsetChoices: every set that is read can be chosen, of every text, the guesses first; a format that says its own has no choice.
func TestCharsetChoices(t *testing.T) {
	for what, data := range map[string]string{"UTF-8": "Café", "with a mark": "\uFEFFCaf\u00e9", "a guess": "Di kafe Caf\xe9 Senja."} {
		r, err := exchange.Read("a.txt", []byte(data), exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		guesses, others := charsets(r)
		if len(guesses) == 0 || guesses[0].Value != r.Charset || !guesses[0].Chosen {
			t.Fatalf("%s: %s is not the first of %v", what, r.Charset, guesses)
		}
		times := map[string]int{}
		for _, c := range append(guesses, others...) {
			times[c.Value]++
		}
		for _, name := range exchange.Charsets {
			if times[name] != 1 {
				t.Errorf("%s: %s can be chosen in %d places", what, name, times[name])
			}
		}
	}
	r, err := exchange.Read("a.rtf", []byte(`{\rtf1 Apa kabar}`), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if guesses, others := charsets(r); len(guesses)+len(others) > 0 {
		t.Errorf("of rtf: %v, %v", guesses, others)
	}
}

// TestBoundsAsPrinted: the bound of a file comes from the child in digits and is printed in the reader's way, also where it was kept.
func TestBoundsAsPrinted(t *testing.T) {
	_, err := exchange.Read("a.txt", []byte(strings.Repeat("kata ", exchange.MaxChars/5+1)), exchange.Options{})
	var bad *exchange.BadFile
	if !errors.As(err, &bad) || bad.Reason != exchange.BadTooLong {
		t.Fatal(err)
	}
	args, err := json.Marshal(bad.Args)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"id": "3.000.000", "en": "3,000,000"} {
		a := &ask{L: i18n.New(lang, "Asia/Makassar")}
		for _, s := range []string{a.sentence(bad), a.fileSentence(store.JobFile{State: store.FileRefused, Why: bad.Key(), Args: args}, nil), a.L.T(bad.Key(), flat(bad.Args)...)} {
			if !strings.Contains(s, " "+want+" ") {
				t.Errorf("%s: %s", lang, s)
			}
		}
	}
}

// TestWhatWaitsIsSaidAgain: the list of files that wait says of each what it said when it was uploaded, in the language of whoever looks.
func TestWhatWaitsIsSaidAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	said := map[string]string{}
	for name, text := range map[string]string{
		"P41.txt":     "PEWAWANCARA: Apa yang sulit?\nP41: Formulirnya panjang.\nPEWAWANCARA: Lalu?\nP41: Saya menebak.\n",
		"catatan.txt": "Pasar masih sepi ketika saya datang.\n",
		"warga.csv":   "nama,umur\nP30,4\n",
	} {
		a := w.ask(request{method: http.MethodPost, target: p.at("/files"), token: token, raw: multipartOf(t, name, text), kind: "multipart/form-data; boundary=batas", background: true})
		var answer struct{ Found, File, Table string }
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		said[name] = answer.Found
		if (answer.Table != "") != (name == "warga.csv") {
			t.Errorf("%s is a table: %v", name, answer.Table)
		}
	}
	page := func(lang string) string {
		w.ask(request{method: http.MethodPost, target: "/account", token: token, form: f("language", lang)})
		return w.ask(request{method: http.MethodGet, target: p.at("/documents"), token: token}).body
	}
	en, id := page("en"), page("id")
	for name, want := range map[string][2]string{
		"P41.txt":     {"4 turns, 2 speakers", "4 giliran, 2 pembicara"},
		"catatan.txt": {"1 turn, no speakers", "1 giliran, tanpa pembicara"},
		"warga.csv":   {"a table of informants or answers", "tabel informan atau jawaban"},
	} {
		for i, body := range []string{en, id} {
			_, row, _ := strings.Cut(body, `<span class="file-name">`+name+`</span>`)
			row, _, _ = strings.Cut(row, "</li>")
			if !strings.Contains(row, ">"+want[i]+"</span>") || strings.Contains(row, "/tables/") != (name == "warga.csv") {
				t.Errorf("of %s the page does not say %q: %s", name, want[i], row)
			}
		}
		if said[name] != want[0] && said[name] != want[1] {
			t.Errorf("of %s it was said %q", name, said[name])
		}
	}
}
