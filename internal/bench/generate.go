package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"anyam/internal/qda"
)

// Size says how large a made-up study is.
type Size struct {
	Name                              string
	Documents, Codes, Codings, Coders int
}

// Sizes are a small study, a large one, an archive and far more than anybody has coded by hand.
var Sizes = []Size{
	{"S", 14, 30, 600, 2},
	{"M", 200, 200, 50_000, 5},
	{"L", 5_000, 500, 1_000_000, 20},
	{"XL", 20_000, 1_000, 10_000_000, 50},
}

// Study is a project that nobody made: its things, and the codings in the order of their making.
type Study struct {
	Size
	Things    []qda.Thing
	Codings   []qda.Coding
	Coders    []qda.ID
	Documents []qda.ID
	Codes     []qda.ID // the commonest first
	Themes    []qda.ID
	Attribute qda.ID // of documents, with 12 values
	Next      qda.ID
	Head      qda.Seq // its newest entry
}

// charsAWord is how long a word is with the space behind it, in code points.
const charsAWord = 5.7

// Generate makes up a study; the same size gives the same study everywhere.
//
// Documents are log-normal around 8,000 words and cut into speakers' turns, each with a "heat" by which codings choose it. Of the
// codings 20 % repeat an earlier span with another code, 15 % an earlier code with edges a little elsewhere (a second coder), the
// others are phrases, passages, whole turns and, rarely, sections. Codes follow Zipf's law with exponent 0.9, and each document has
// favourites. Codings are made now here, now there, some twenty seconds apart.
func Generate(size Size) *Study {
	r := rand.New(rand.NewPCG(uint64(size.Codings), 20))
	s := &Study{Size: size}
	id := func() qda.ID { s.Next++; return s.Next }
	s.Things = append(s.Things, &qda.Project{Rev: 1, Name: "Size " + size.Name, Language: "id", Method: qda.Reflexive, State: qda.Live})
	for i := range size.Coders {
		c := &qda.Coder{ID: id(), Rev: 1, Name: fmt.Sprintf("Coder %d", i+1), Initials: fmt.Sprintf("C%d", i+1), Role: qda.Owner}
		s.Coders, s.Things = append(s.Coders, c.ID), append(s.Things, c)
	}
	a := &qda.Attribute{ID: id(), Rev: 1, Name: "Group", Of: qda.OfDocuments, Type: "text"}
	s.Attribute, s.Things = a.ID, append(s.Things, a)
	for i := range max(1, size.Codes/6) {
		n := &qda.Node{ID: id(), Rev: 1, Kind: qda.Theme, Place: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("Theme %d", i+1), State: qda.Live}
		s.Themes, s.Things = append(s.Themes, n.ID), append(s.Things, n)
	}
	for i := range size.Codes {
		n := &qda.Node{ID: id(), Rev: 1, Kind: qda.Code, Codable: true, Parent: s.Themes[i%len(s.Themes)], Place: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("Code %d", i+1), State: qda.Live}
		s.Codes, s.Things = append(s.Codes, n.ID), append(s.Things, n)
	}
	documents := make([]*made, size.Documents)
	for i := range documents {
		documents[i] = newMade(r, size)
		d := &qda.Document{ID: id(), Rev: 1, Kind: qda.Interview, Name: fmt.Sprintf("D%05d", i+1), Language: "id", Version: 1, Words: int32(float64(documents[i].chars) / charsAWord),
			Chars: documents[i].chars, Turns: int32(len(documents[i].stops)), State: qda.Live, Values: qda.Values{s.Attribute: fmt.Sprintf("g%02d", r.IntN(12))}, Made: 1}
		s.Documents, s.Things = append(s.Documents, d.ID), append(s.Things, d)
	}
	zipf := make([]float64, size.Codes)
	for i := range zipf {
		zipf[i] = 1 / math.Pow(float64(i+1), 0.9)
	}
	common := newWheel(zipf)
	at := 1_750_000_000.0
	seq := qda.Seq(1)
	s.Codings = make([]qda.Coding, 0, size.Codings)
	for len(s.Codings) < size.Codings {
		d := r.IntN(size.Documents)
		m := documents[d]
		c := qda.Coding{Document: s.Documents[d], Version: 1}
		draw := r.Float64()
		switch {
		case draw < 0.20 && len(m.spans) > 0:
			was := m.spans[r.IntN(len(m.spans))]
			c.Start, c.Stop = was.start, was.stop
			c.Code = s.Codes[m.code(r, common)]
		case draw < 0.35 && len(m.spans) > 0:
			was := m.spans[r.IntN(len(m.spans))]
			c.Start, c.Stop = m.fit(was.start+int32(25*r.NormFloat64()), was.stop+int32(25*r.NormFloat64()))
			c.Code = s.Codes[was.code]
		default:
			c.Start, c.Stop = m.span(r)
			c.Code = s.Codes[m.code(r, common)]
		}
		c.Coder = s.Coders[m.coders[r.IntN(len(m.coders))]]
		c.ID = id()
		seq++
		at += r.ExpFloat64() * 20
		c.Made, c.At = seq, int64(at)
		s.Codings = append(s.Codings, c)
		m.spans = append(m.spans, drawn{c.Start, c.Stop, int(c.Code - s.Codes[0])})
	}
	s.Head = seq
	s.Next++
	return s
}

// Image is the study as its tables hold it.
func (s *Study) Image() *qda.Image {
	return &qda.Image{Project: 1, Head: s.Head, Next: s.Next, Things: s.Things, Codings: s.Codings}
}

// wheel draws numbers with given weights.
type wheel struct{ up []float64 }

func newWheel(weights []float64) wheel {
	w := wheel{make([]float64, len(weights))}
	sum := 0.0
	for i, x := range weights {
		sum += x
		w.up[i] = sum
	}
	return w
}

func (w wheel) draw(r *rand.Rand) int {
	i, _ := slices.BinarySearch(w.up, r.Float64()*w.up[len(w.up)-1])
	return min(i, len(w.up)-1)
}

type drawn struct {
	start, stop int32
	code        int
}

// made is a document while its codings are made.
type made struct {
	chars      int32
	stops      []int32 // where each turn ends
	heat       wheel
	favourites []int
	liked      wheel
	coders     []int
	spans      []drawn
}

func logNormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

func newMade(r *rand.Rand, size Size) *made {
	words := min(max(logNormal(r, 8000, 0.35), 1500), 30_000)
	m := &made{chars: int32(words * charsAWord)}
	var heat []float64
	for at := int32(0); at < m.chars; {
		at = min(at+max(1, int32(logNormal(r, 220, 0.9))), m.chars)
		m.stops = append(m.stops, at)
		heat = append(heat, logNormal(r, 1, 1.2))
	}
	m.heat = newWheel(heat)
	var likes []float64
	for i, code := range r.Perm(size.Codes)[:max(1, size.Codes/8)] {
		m.favourites = append(m.favourites, code)
		likes = append(likes, 1/math.Pow(float64(i+1), 0.9))
	}
	m.liked = newWheel(likes)
	m.coders = r.Perm(size.Coders)[:min(size.Coders, 1+r.IntN(3))]
	return m
}

// code draws a code: a favourite with 70 %.
func (m *made) code(r *rand.Rand, common wheel) int {
	if r.Float64() < 0.7 {
		return m.favourites[m.liked.draw(r)]
	}
	return common.draw(r)
}

// span draws words to code, in a turn that is hot.
func (m *made) span(r *rand.Rand) (start, stop int32) {
	t := m.heat.draw(r)
	begin := int32(0)
	if t > 0 {
		begin = m.stops[t-1]
	}
	draw := r.Float64()
	if draw >= 0.85 && draw < 0.98 { // one to three whole turns
		return begin, m.stops[min(t+r.IntN(3), len(m.stops)-1)]
	}
	long := logNormal(r, 95, 0.6)
	switch {
	case draw >= 0.98:
		long = 2000 + 6000*r.Float64()
	case draw >= 0.55:
		long = logNormal(r, 320, 0.6)
	}
	start = begin + r.Int32N(m.stops[t]-begin)
	return m.fit(start, start+int32(long))
}

func (m *made) fit(start, stop int32) (int32, int32) {
	start = min(max(start, 0), m.chars-1)
	return start, min(max(stop, start+1), m.chars)
}
