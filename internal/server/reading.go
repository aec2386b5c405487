package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// choices are what a person changes about how a file is read.
type choices struct {
	Charset    string
	Language   string
	NoSpeakers bool
	Roles      map[int]string    // place of a label among those found: interviewer, informant, other or none
	Pseudonyms map[string]string // key of a found name: what stands for it
	Table      bool              // read it as a table,
	Sheet      int               // of this sheet, from 1; 0 is the first
	NoHead     bool              // whose first row has no names of columns
	Column     string            // what those are called then, before their number
}

// choicesOf reads them out of a form or query.
func choicesOf(get func(string) string, names map[string][]string) choices {
	c := choices{Charset: get("charset"), Language: get("language"), Roles: map[int]string{}, Pseudonyms: map[string]string{}}
	if v := names["speakers"]; len(v) > 0 {
		c.NoSpeakers = v[len(v)-1] != "on" && !contains(v, "on")
	}
	if v := names["head"]; len(v) > 0 {
		c.NoHead = !contains(v, "on")
	}
	for k := range names {
		if n, ok := strings.CutPrefix(k, "role-"); ok {
			var i int
			if _, err := fmt.Sscanf(n, "%d", &i); err == nil {
				c.Roles[i] = get(k)
			}
		}
		if key, ok := strings.CutPrefix(k, "pseudonym-"); ok && strings.TrimSpace(get(k)) != "" {
			c.Pseudonyms[key] = strings.TrimSpace(get(k))
		}
	}
	return c
}

func contains(v []string, s string) bool {
	for _, x := range v {
		if x == s {
			return true
		}
	}
	return false
}

// label is a speaker's label with the role it has by choice or guess.
type label struct {
	exchange.Speaker
	role string
}

// nameKey stands for a found name in requests, so that the name itself is not sent.
func nameKey(name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	return hex.EncodeToString(h.Sum(nil))
}

// read reads a file as chosen. It gives the reading, the labels in the order in which roles are chosen, and the options that led to it.
func read(ctx context.Context, x *exchange.Extractor, name string, data []byte, c choices) (*exchange.Reading, []label, exchange.Options, error) {
	opt := exchange.Options{Charset: c.Charset, Language: c.Language, NoSpeakers: c.NoSpeakers, Table: c.Table, Sheet: c.Sheet, NoHead: c.NoHead, Column: c.Column}
	base, err := x.Read(ctx, name, data, opt)
	if err != nil {
		return nil, nil, opt, err
	}
	var labels []label
	again := false
	put := func(s exchange.Speaker, guess string) {
		role := guess
		if r, ok := c.Roles[len(labels)]; ok && r != "" {
			role = r
		}
		if (role == "none") != (guess == "none") {
			again = true
			if opt.Labels == nil {
				opt.Labels = map[string]string{}
			}
			for _, from := range s.From {
				if role == "none" {
					opt.Labels[from] = ""
				} else {
					opt.Labels[from] = s.Label
				}
			}
		}
		labels = append(labels, label{s, role})
	}
	for _, s := range base.Speakers {
		guess := s.GuessRole
		if guess == "" {
			guess = "other"
		}
		put(s, guess)
	}
	for _, s := range base.Possible {
		put(s, "none")
	}
	for _, n := range base.Names {
		if p := c.Pseudonyms[nameKey(n.Word)]; p != "" {
			if p, err = qda.CleanName(p); err != nil {
				return nil, nil, opt, err
			}
			again = true
			if opt.Replace == nil {
				opt.Replace = map[string]string{}
			}
			opt.Replace[n.Word] = p
		}
	}
	if !again {
		return base, labels, opt, nil
	}
	r, err := x.Read(ctx, name, data, opt)
	return r, labels, opt, err
}

// TextOf turns a reading into a document's text.
func TextOf(r *exchange.Reading) *qda.Text {
	t := &qda.Text{Words: []byte(r.Text()), Turns: make([]qda.Turn, len(r.Turns))}
	char, at := int32(0), int32(0)
	for i, x := range r.Turns {
		n := int32(len([]rune(x.Text)))
		t.Turns[i] = qda.Turn{Turn: int32(i + 1), Start: char, Stop: char + n, Byte: at, Label: x.Label, FromMS: x.FromMS, ToMS: x.ToMS, Language: x.Language}
		char += n + 1
		at += int32(len(x.Text)) + 1
	}
	return t
}

// speakersOf says who is behind each label.
func speakersOf(labels []label) map[string]qda.Speaker {
	m := map[string]qda.Speaker{}
	for _, l := range labels {
		switch l.role {
		case "none":
		case exchange.Interviewer:
			m[l.Label] = qda.Speaker{Interviewer: true}
		case exchange.Informant:
			m[l.Label] = qda.Speaker{Informant: true}
		default:
			m[l.Label] = qda.Speaker{}
		}
	}
	return m
}

// Guess is what a file's name and text suggest about a document.
type Guess struct {
	Name string
	Kind qda.DocumentKind
	Held string
	Case string // pseudonym of the informant
}

var (
	dayIn  = regexp.MustCompile(`(20\d\d)[-_. ]?(0[1-9]|1[0-2])[-_. ]?(0[1-9]|[12]\d|3[01])`)
	codeIn = regexp.MustCompile(`^([A-Z]{1,3}-?\d{1,3})\b`)
)

// GuessOf reads the signs.
func GuessOf(r *exchange.Reading) Guess {
	g := Guess{Kind: qda.Written}
	title := strings.Join(strings.Fields(strings.NewReplacer("_", " ").Replace(r.Title)), " ")
	if m := dayIn.FindStringSubmatch(title); m != nil {
		if _, err := time.Parse(time.DateOnly, m[1]+"-"+m[2]+"-"+m[3]); err == nil {
			g.Held = m[1] + "-" + m[2] + "-" + m[3]
			if rest := strings.Join(strings.Fields(strings.Trim(strings.Replace(title, m[0], " ", 1), " -_.")), " "); rest != "" {
				title = rest
			}
		}
	}
	g.Name = title
	low := strings.ToLower(title)
	code := codeIn.FindString(strings.ToUpper(title))
	switch {
	case strings.Contains(low, "observ") || strings.Contains(low, "catatan lapangan") || strings.Contains(low, "field note"):
		g.Kind = qda.Observation
	case len(r.Speakers) >= 2:
		g.Kind = qda.Interview
		g.Case = code
		for _, s := range r.Speakers {
			if s.GuessRole == exchange.Informant && codeIn.MatchString(s.Label) {
				g.Case = s.Label
			}
		}
	}
	return g
}

// Added makes the change and the text that add a read file as a document.
func Added(data []byte, fileName string, r *exchange.Reading, opt exchange.Options, labels map[string]qda.Speaker) (*qda.DocumentAdded, *qda.Text, error) {
	t := TextOf(r)
	file, sum := sha256.Sum256(data), sha256.Sum256(t.Words)
	// How it was read is kept without the words that were replaced: a real name must not survive in the ledger.
	how := struct {
		Format     string `json:"format"`
		Charset    string `json:"charset,omitempty"`
		NoSpeakers bool   `json:"no_speakers,omitempty"`
		Replaced   int    `json:"replaced,omitempty"`
	}{r.Format, r.Charset, opt.NoSpeakers, len(opt.Replace)}
	raw, err := json.Marshal(how)
	if err != nil {
		return nil, nil, err
	}
	return &qda.DocumentAdded{File: hex.EncodeToString(file[:]), FileName: fileName, Sum: hex.EncodeToString(sum[:]), Words: int32(r.Words), Chars: int32(r.Chars), Turns: int32(len(r.Turns)),
		Language: r.Language, Reading: raw, Speakers: labels}, t, nil
}

// SpeakersOf says who is behind each label, as far as reading can guess.
func SpeakersOf(r *exchange.Reading) map[string]qda.Speaker {
	var labels []label
	for _, s := range r.Speakers {
		labels = append(labels, label{s, s.GuessRole})
	}
	return speakersOf(labels)
}

// SumOf is the SHA-256 that names a file's bytes.
func SumOf(data []byte) qda.Hash { return sha256.Sum256(data) }
