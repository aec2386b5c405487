package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"anyam/internal/qda"
)

// heard is an event as a browser gets it.
type heard struct {
	id, name, data string
}

// listener is an open stream.
type listener struct {
	t      testing.TB
	events chan heard
	close  func()
}

// listen opens a stream over a real connection.
func (p *place) listen(site *httptest.Server, r rune, query, last string) *listener {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+p.at("/stream")+query, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Accept", "text/event-stream")
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	q.AddCookie(&http.Cookie{Name: "__Host-anyam", Value: p.token[r]})
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store" {
		p.t.Fatalf("the stream: %d %v", a.StatusCode, a.Header)
	}
	l := &listener{t: p.t, events: make(chan heard, 100), close: cancel}
	p.t.Cleanup(cancel)
	go func() {
		defer close(l.events)
		defer a.Body.Close()
		var e heard
		for lines := bufio.NewScanner(a.Body); lines.Scan(); {
			k, v, _ := strings.Cut(lines.Text(), ": ")
			switch k {
			case "id":
				e.id = v
			case "event":
				e.name = v
			case "data":
				e.data = v
			case "":
				if e.name != "" {
					l.events <- e
				}
				e = heard{}
			}
		}
	}()
	return l
}

// next is the next event; ok is false where the stream has ended.
func (l *listener) next() (e heard, ok bool) {
	l.t.Helper()
	select {
	case e, ok = <-l.events:
		return e, ok
	case <-time.After(30 * time.Second):
		l.t.Fatal("nothing came")
	}
	return e, false
}

func (l *listener) entry() (id string, x seen) {
	l.t.Helper()
	e, ok := l.next()
	if !ok || e.name != "entry" {
		l.t.Fatalf("got %+v, want an entry", e)
	}
	if err := json.Unmarshal([]byte(e.data), &x); err != nil {
		l.t.Fatal(err)
	}
	if e.id != fmt.Sprint(x.Seq) {
		l.t.Errorf("event %s is entry %d", e.id, x.Seq)
	}
	return e.id, x
}

func (l *listener) ends() {
	l.t.Helper()
	for {
		if e, ok := l.next(); !ok {
			return
		} else if e.name != "reset" {
			l.t.Errorf("a stream that should end sent %+v", e)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	site := httptest.NewServer(w.h)
	t.Cleanup(site.Close)
	head := p.head()
	open, blind := p.listen(site, theResearcher, "?after="+fmt.Sprint(head), ""), p.listen(site, theBlind, "?after="+fmt.Sprint(head), "")

	// Everything once, in order, and as the answer to the write says it.
	var mine, theirs qda.ID
	var answer reply
	last := ""
	for i, do := range []func(){
		func() { mine = p.apply(theResearcher, "dokumen", p.code) },
		func() { theirs = p.apply(theBlind, "dokumen", p.code) },
		func() { w.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: mine, Text: "RAHASIA"}) },
		func() {
			w.do(p.id, p.coder[theResearcher], &qda.CodingsChanged{Codings: []qda.ID{mine}, Code: p.code2})
		},
		func() { w.do(p.id, p.coder[theResearcher], &qda.CodingsRemoved{Codings: []qda.ID{mine}}) },
		func() {
			answer = p.send("POST /memos", p.id, input{json: map[string]any{"on": p.code, "text": "sebuah memo"}}, p.token[theResearcher], fresh().String())
		},
	} {
		do()
		id, x := open.entry() // before the next, since what has gone meanwhile is not shown any more
		last = id
		if x.Seq != head+qda.Seq(i)+1 || x.Coder == 0 {
			t.Errorf("entry %d came as %d by %d", head+qda.Seq(i)+1, x.Seq, x.Coder)
		}
		switch i {
		case 0:
			if len(x.Codings.New) != 1 || x.Codings.New[0][0] != int64(mine) || x.Codings.New[0][2] != int64(p.coder[theResearcher]) {
				t.Errorf("a new coding: %+v", x)
			}
		case 2:
			if len(x.Memos.New) != 1 {
				t.Errorf("a new memo: %+v", x)
			}
		case 4:
			if len(x.Codings.Gone) != 1 || len(x.Memos.Gone) != 1 {
				t.Errorf("a coding that went, with its memo: %+v", x)
			}
		case 5:
			var same seen
			if err := json.Unmarshal([]byte(answer.body), &same); err != nil || fmt.Sprint(same) != fmt.Sprint(x) {
				t.Errorf("the answer %s is not the entry %+v", answer.body, x)
			}
		}
		// The same through a blind coder's eyes.
		_, b := blind.entry()
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if b.Coder != p.coder[theBlind] || len(b.Codings.New) != 1 || b.Codings.New[0][0] != int64(theirs) {
				t.Errorf("their own coding: %s", raw)
			}
			continue
		}
		if b.Coder != 0 || len(b.Codings.New)+len(b.Codings.Set)+len(b.Codings.Gone)+len(b.Memos.New)+len(b.Memos.Set)+len(b.Memos.Gone)+len(b.Touched) != 0 || strings.Contains(string(raw), "RAHASIA") {
			t.Errorf("a blind coder hears of others' work: %s", raw)
		}
	}
	// Going on where one was.
	open.close()
	for i := range 3 {
		w.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: p.code, Text: fmt.Sprint("memo ", i)})
	}
	again := p.listen(site, theResearcher, "", last)
	for i := range 3 {
		if _, x := again.entry(); x.Seq != head+qda.Seq(i)+7 {
			t.Errorf("after %s came %d", last, x.Seq)
		}
	}
	// What puts codings to sleep is fetched anew.
	e := w.do(p.id, p.coder[theOwner], &qda.NodesState{Nodes: []qda.ID{p.code2}, State: qda.Removed})
	if x, ok := again.next(); !ok || x.name != "reset" || x.id != fmt.Sprint(e.Seq) || x.data != fmt.Sprint(e.Seq) {
		t.Errorf("a removed node: %+v", x)
	}
	// It ends with the role it was opened in, with leaving, and with blindness.
	role, yes := qda.Supervisor, true
	w.do(p.id, p.coder[theOwner], &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: p.coder[theResearcher], Role: &role}}})
	again.ends()
	supervisor := p.listen(site, theSupervisor, "", "")
	w.do(p.id, p.coder[theOwner], &qda.CoderLeft{Coder: p.coder[theSupervisor]})
	supervisor.ends()
	role = qda.Researcher
	w.do(p.id, p.coder[theOwner], &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: p.coder[theResearcher], Role: &role}}})
	sees := p.listen(site, theResearcher, "", "")
	w.do(p.id, p.coder[theOwner], &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: p.coder[theResearcher], Blind: &yes}}})
	sees.ends()
	// From long ago (after the owner's own joining, which ends a stream), and from a place that is not there yet.
	whole := p.listen(site, theOwner, "", "1")
	for i := range 5 {
		if _, x := whole.entry(); x.Seq != qda.Seq(i+2) {
			t.Errorf("from long ago: %d is %d", i+2, x.Seq)
		}
	}
	whole.close()
	future := p.listen(site, theOwner, "?after=99999999", "")
	memo := w.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: p.code, Text: "sesudahnya"})
	if _, x := future.entry(); x.Seq != memo.Seq {
		t.Errorf("after the future comes %d", x.Seq)
	}
	// A server that stops ends it.
	w.s.Close()
	future.ends()
}
