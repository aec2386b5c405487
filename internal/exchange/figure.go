package exchange

import (
	"bufio"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Figure is a picture as a list of what is drawn, the lowest first. Lengths are CSS pixels (1/96 inch), y grows downwards. WriteSVG and
// WritePNG draw the same picture.
type Figure struct {
	Title         string // for whoever can't see it
	About         string // the same at length
	Language      string // BCP 47
	Width, Height float64
	Shapes        []Shape

	Lacking func(Letters) string // says in a PNG which letters it can't show
}

// Shape is a Rect, a Circle, a Line or Words.
type Shape interface {
	svg(*bufio.Writer)
	png(*canvas)
}

// Paint is a colour as "#rrggbb"; empty paints nothing.
type Paint string

// Rect is a rectangle with its upper left corner at X, Y.
type Rect struct {
	X, Y, W, H float64
	Fill       Paint
}

// Circle is a circle with a fill and a ring. Dash are lengths drawn and left out in turns, nil for a whole ring.
type Circle struct {
	X, Y, R float64
	Fill    Paint
	Ring    Paint
	Width   float64 // of the ring
	Dash    []float64
}

// Line goes from one point to another.
type Line struct {
	X1, Y1, X2, Y2 float64
	Stroke         Paint
	Width          float64
	Dash           []float64
}

// Anchor says which part of words stands at their point.
type Anchor string

// The anchors.
const (
	Start  Anchor = "start"
	Middle Anchor = "middle"
	End    Anchor = "end"
)

// Words is a line of text whose base line begins at X, Y, turned by Turn degrees clockwise around that point. Halo paints a rim behind it.
type Words struct {
	X, Y   float64
	Text   string
	Size   float64
	Bold   bool
	Fill   Paint
	Anchor Anchor
	Turn   float64
	Halo   Paint
}

// num writes a length with at most two places after the point, the same everywhere.
func num(f float64) string {
	s := strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

func paint(p Paint) string {
	if p == "" {
		return "none"
	}
	return string(p)
}

func dashes(d []float64) string {
	if len(d) == 0 {
		return ""
	}
	var s []string
	for _, x := range d {
		s = append(s, num(x))
	}
	return ` stroke-dasharray="` + strings.Join(s, " ") + `"`
}

// WriteSVG writes a figure as SVG 1.1, which loads nothing and runs nothing. The same figure gives the same bytes.
func WriteSVG(out io.Writer, f Figure) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" xml:lang="%s" role="img" font-family="Inter, Helvetica, Arial, sans-serif">
<title>%s</title>
<desc>%s</desc>
<rect width="%s" height="%s" fill="#ffffff"/>
`, num(f.Width), num(f.Height), num(f.Width), num(f.Height), escaped(f.Language), escaped(f.Title), escaped(f.About), num(f.Width), num(f.Height))
	for _, s := range f.Shapes {
		s.svg(w)
	}
	w.WriteString("</svg>\n")
	return w.Flush()
}

func (r Rect) svg(w *bufio.Writer) {
	fmt.Fprintf(w, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", num(r.X), num(r.Y), num(r.W), num(r.H), paint(r.Fill))
}

func (c Circle) svg(w *bufio.Writer) {
	fmt.Fprintf(w, `<circle cx="%s" cy="%s" r="%s" fill="%s"`, num(c.X), num(c.Y), num(c.R), paint(c.Fill))
	if c.Ring != "" {
		fmt.Fprintf(w, ` stroke="%s" stroke-width="%s"%s`, paint(c.Ring), num(c.Width), dashes(c.Dash))
	}
	w.WriteString("/>\n")
}

func (l Line) svg(w *bufio.Writer) {
	fmt.Fprintf(w, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"%s/>`+"\n", num(l.X1), num(l.Y1), num(l.X2), num(l.Y2), paint(l.Stroke), num(l.Width), dashes(l.Dash))
}

func (t Words) svg(w *bufio.Writer) {
	fmt.Fprintf(w, `<text x="%s" y="%s" font-size="%s" fill="%s"`, num(t.X), num(t.Y), num(t.Size), paint(t.Fill))
	if t.Bold {
		w.WriteString(` font-weight="600"`)
	}
	if t.Anchor != "" && t.Anchor != Start {
		w.WriteString(` text-anchor="` + string(t.Anchor) + `"`)
	}
	if t.Turn != 0 {
		fmt.Fprintf(w, ` transform="rotate(%s %s %s)"`, num(t.Turn), num(t.X), num(t.Y))
	}
	if t.Halo != "" {
		fmt.Fprintf(w, ` stroke="%s" stroke-width="%s" stroke-linejoin="round" paint-order="stroke"`, paint(t.Halo), num(t.Size/4))
	}
	w.WriteString(">" + html.EscapeString(strings.ToValidUTF8(noControls(t.Text), "\ufffd")) + "</text>\n")
}

// noControls takes away what XML can't hold.
func noControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, s)
}

// pngScale is how many pixels of a PNG one of a figure takes.
const pngScale = 2

// mostPixels bounds a PNG; a larger figure is drawn smaller.
const mostPixels = 40_000_000

type canvas struct {
	img     *image.RGBA
	ras     *vector.Rasterizer
	scale   float64
	buffer  sfnt.Buffer
	letters Letters
}

// WritePNG draws a figure with two pixels for one of its own, on white. Its fonts are those of Letters; where they have not a letter, a
// line at the foot says so. The same figure gives the same bytes.
func WritePNG(out io.Writer, f Figure) error {
	scale := float64(pngScale)
	if p := f.Width * f.Height * scale * scale; p > mostPixels {
		scale *= math.Sqrt(mostPixels / p)
	}
	foot := ""
	var missing Letters
	for _, s := range f.Shapes {
		if t, ok := s.(Words); ok {
			missing.Add(t.Text)
		}
	}
	height := f.Height
	if missing.Count > 0 {
		foot = fmt.Sprintf("%d × □: %s", missing.Count, missing)
		if f.Lacking != nil {
			foot = f.Lacking(missing)
		}
	}
	shapes := f.Shapes
	if foot != "" {
		for i, line := range Wrapped(foot, 11, false, f.Width-32, 4) {
			shapes = append(shapes[:len(shapes):len(shapes)], Words{X: 16, Y: f.Height + 14 + float64(i)*15, Text: line, Size: 11, Fill: "#5b6470"})
			height = f.Height + 24 + float64(i)*15
		}
	}
	w, h := int(math.Ceil(f.Width*scale)), int(math.Ceil(height*scale))
	c := &canvas{img: image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1))), scale: scale, ras: vector.NewRasterizer(1, 1)}
	draw.Draw(c.img, c.img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, s := range shapes {
		s.png(c)
	}
	return (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(out, c.img)
}

func rgba(p Paint) color.RGBA {
	var r, g, b uint8
	if _, err := fmt.Sscanf(string(p), "#%02x%02x%02x", &r, &g, &b); err != nil {
		return color.RGBA{A: 255}
	}
	return color.RGBA{r, g, b, 255}
}

// fill paints a path given by its points, which are in pixels of the image; trace draws it moved into the rasterizer's own corner.
func (c *canvas) fill(p Paint, left, top, right, bottom float64, trace func(r *vector.Rasterizer, dx, dy float64)) {
	if p == "" {
		return
	}
	box := image.Rect(int(math.Floor(left))-1, int(math.Floor(top))-1, int(math.Ceil(right))+1, int(math.Ceil(bottom))+1)
	seen := box.Intersect(c.img.Bounds())
	if seen.Empty() || box.Dx() > 1<<15 || box.Dy() > 1<<15 {
		return
	}
	// The rasterizer must not be asked for what lies outside the image.
	c.ras.Reset(seen.Dx(), seen.Dy())
	trace(c.ras, float64(-seen.Min.X), float64(-seen.Min.Y))
	c.ras.Draw(c.img, seen, image.NewUniform(rgba(p)), image.Point{})
}

func (r Rect) png(c *canvas) {
	x, y, x2, y2 := r.X*c.scale, r.Y*c.scale, (r.X+r.W)*c.scale, (r.Y+r.H)*c.scale
	c.polygon(r.Fill, [][2]float64{{x, y}, {x2, y}, {x2, y2}, {x, y2}})
}

func (c *canvas) polygon(p Paint, points [][2]float64) {
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, q := range points {
		left, right, top, bottom = min(left, q[0]), max(right, q[0]), min(top, q[1]), max(bottom, q[1])
	}
	c.fill(p, left, top, right, bottom, func(r *vector.Rasterizer, dx, dy float64) {
		for i, q := range points {
			if i == 0 {
				r.MoveTo(float32(q[0]+dx), float32(q[1]+dy))
			} else {
				r.LineTo(float32(q[0]+dx), float32(q[1]+dy))
			}
		}
		r.ClosePath()
	})
}

// arc gives points of a circle from one angle to another.
func arc(x, y, r, from, to float64) (p [][2]float64) {
	n := max(2, int(math.Ceil(math.Abs(to-from)*math.Sqrt(max(r, 1))*1.6)))
	for i := 0; i <= n; i++ {
		a := from + (to-from)*float64(i)/float64(n)
		p = append(p, [2]float64{x + r*math.Cos(a), y + r*math.Sin(a)})
	}
	return p
}

func (o Circle) png(c *canvas) {
	x, y, r := o.X*c.scale, o.Y*c.scale, o.R*c.scale
	c.polygon(o.Fill, arc(x, y, r, 0, 2*math.Pi))
	if o.Ring == "" || r <= 0 {
		return
	}
	half := o.Width * c.scale / 2
	part := func(from, to float64) {
		outer, inner := arc(x, y, r+half, from, to), arc(x, y, max(r-half, 0), to, from)
		c.polygon(o.Ring, append(outer, inner...))
	}
	if len(o.Dash) < 2 {
		part(0, 2*math.Pi)
		return
	}
	around := 2 * math.Pi * o.R
	for at, i := 0.0, 0; at < around; i++ {
		n := max(o.Dash[i%len(o.Dash)], 0.5)
		if i%2 == 0 {
			part(at/o.R, min(at+n, around)/o.R)
		}
		at += n
	}
}

func (l Line) png(c *canvas) {
	x1, y1, x2, y2 := l.X1*c.scale, l.Y1*c.scale, l.X2*c.scale, l.Y2*c.scale
	d := math.Hypot(x2-x1, y2-y1)
	if d == 0 || l.Width <= 0 {
		return
	}
	ux, uy, half := (x2-x1)/d, (y2-y1)/d, l.Width*c.scale/2
	part := func(from, to float64) {
		ax, ay, bx, by := x1+ux*from, y1+uy*from, x1+ux*to, y1+uy*to
		c.polygon(l.Stroke, [][2]float64{{ax - uy*half, ay + ux*half}, {bx - uy*half, by + ux*half}, {bx + uy*half, by - ux*half}, {ax + uy*half, ay - ux*half}})
	}
	if len(l.Dash) < 2 {
		part(0, d)
		return
	}
	for at, i := 0.0, 0; at < d; i++ {
		n := max(l.Dash[i%len(l.Dash)]*c.scale, 0.5)
		if i%2 == 0 {
			part(at, min(at+n, d))
		}
		at += n
	}
}

var semibold = sync.OnceValue(func() *sfnt.Font { return mustFace("fonts/inter-semibold.ttf") })

func faceFor(bold bool) *sfnt.Font {
	if bold {
		return semibold()
	}
	return face()
}

// WordsWidth is how wide a line of text is.
func WordsWidth(text string, size float64, bold bool) float64 {
	var none Letters
	f := faceFor(bold)
	b := sfntBuffers.Get().(*sfnt.Buffer)
	defer sfntBuffers.Put(b)
	units := fixed.I(int(f.UnitsPerEm()))
	var sum fixed.Int26_6
	for _, r := range none.drawn(text) {
		g, err := f.GlyphIndex(b, r)
		if err != nil {
			continue
		}
		if a, err := f.GlyphAdvance(b, g, units, font.HintingNone); err == nil {
			sum += a
		}
	}
	return float64(sum) / float64(units) * size
}

// Wrapped breaks a text into at most so many lines that are no wider than asked; what is left over is cut with "…".
func Wrapped(text string, size float64, bold bool, width float64, lines int) (r []string) {
	words := strings.Fields(text)
	for i := 0; i < len(words); {
		line := words[i]
		i++
		for i < len(words) && WordsWidth(line+" "+words[i], size, bold) <= width {
			line += " " + words[i]
			i++
		}
		if len(r) == lines-1 && i < len(words) {
			line += " " + strings.Join(words[i:], " ")
			i = len(words)
		}
		r = append(r, Cut(line, size, bold, width))
	}
	return r
}

// Cut is a line of text with its end cut by "…" where it is wider than asked.
func Cut(text string, size float64, bold bool, width float64) string {
	if WordsWidth(text, size, bold) <= width {
		return text
	}
	r := []rune(text)
	low, high := 0, len(r)
	for low < high {
		if mid := (low + high + 1) / 2; WordsWidth(string(r[:mid])+"…", size, bold) <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(r[:low]), " ") + "…"
}

func (t Words) png(c *canvas) {
	text := c.letters.drawn(t.Text)
	f := faceFor(t.Bold)
	units := fixed.I(int(f.UnitsPerEm()))
	k := t.Size * c.scale / float64(f.UnitsPerEm()) / 64
	sin, cos := math.Sincos(t.Turn * math.Pi / 180)
	x0 := 0.0
	switch t.Anchor {
	case Middle:
		x0 = -WordsWidth(t.Text, t.Size, t.Bold) / 2 * c.scale
	case End:
		x0 = -WordsWidth(t.Text, t.Size, t.Bold) * c.scale
	}
	if t.Halo != "" {
		// A rim, by the words themselves drawn around their place.
		rim := t
		rim.Halo, rim.Fill = "", t.Halo
		for i := range 12 {
			s, co := math.Sincos(float64(i) * math.Pi / 6)
			rim.X, rim.Y = t.X+co*t.Size/8, t.Y+s*t.Size/8
			rim.png(c)
		}
	}
	for _, r := range text {
		g, err := f.GlyphIndex(&c.buffer, r)
		if err != nil {
			continue
		}
		segments, err := f.LoadGlyph(&c.buffer, g, units, nil)
		if err != nil {
			continue
		}
		to := func(p fixed.Point26_6) (float64, float64) {
			x, y := x0+float64(p.X)*k, float64(p.Y)*k
			return t.X*c.scale + x*cos - y*sin, t.Y*c.scale + x*sin + y*cos
		}
		left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, s := range segments {
			for _, p := range s.Args[:args(s.Op)] {
				x, y := to(p)
				left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
			}
		}
		if left <= right {
			c.fill(t.Fill, left, top, right, bottom, func(r *vector.Rasterizer, dx, dy float64) {
				at := func(p fixed.Point26_6) (float32, float32) {
					x, y := to(p)
					return float32(x + dx), float32(y + dy)
				}
				for i, s := range segments {
					ax, ay := at(s.Args[0])
					switch s.Op {
					case sfnt.SegmentOpMoveTo:
						if i > 0 {
							r.ClosePath()
						}
						r.MoveTo(ax, ay)
					case sfnt.SegmentOpLineTo:
						r.LineTo(ax, ay)
					case sfnt.SegmentOpQuadTo:
						bx, by := at(s.Args[1])
						r.QuadTo(ax, ay, bx, by)
					case sfnt.SegmentOpCubeTo:
						bx, by := at(s.Args[1])
						cx, cy := at(s.Args[2])
						r.CubeTo(ax, ay, bx, by, cx, cy)
					}
				}
				r.ClosePath()
			})
		}
		if a, err := f.GlyphAdvance(&c.buffer, g, units, font.HintingNone); err == nil {
			x0 += float64(a) * k
		}
	}
}

func args(o sfnt.SegmentOp) int {
	switch o {
	case sfnt.SegmentOpQuadTo:
		return 2
	case sfnt.SegmentOpCubeTo:
		return 3
	}
	return 1
}
