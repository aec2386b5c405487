package web

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// oklch gives linear sRGB, clipped as a screen would (Ottosson 2020, "A
// perceptual color space for image processing").
func oklch(l, c, h float64) [3]float64 {
	a, b := c*math.Cos(h*math.Pi/180), c*math.Sin(h*math.Pi/180)
	x := math.Pow(l+.3963377774*a+.2158037573*b, 3)
	y := math.Pow(l-.1055613458*a-.0638541728*b, 3)
	z := math.Pow(l-.0894841775*a-1.2914855480*b, 3)
	rgb := [3]float64{
		4.0767416621*x - 3.3077115913*y + .2309699292*z,
		-1.2684380046*x + 2.6097574011*y - .3413193965*z,
		-.0041960863*x - .7034186147*y + 1.7076147010*z,
	}
	for i := range rgb {
		rgb[i] = min(1, max(0, rgb[i]))
	}
	return rgb
}

// contrast is that of WCAG 2.2, from 1 to 21.
func contrast(p, q [3]float64) float64 {
	light := func(c [3]float64) float64 { return .2126*c[0] + .7152*c[1] + .0722*c[2] }
	a, b := light(p), light(q)
	if a < b {
		a, b = b, a
	}
	return (a + .05) / (b + .05)
}

var pair = regexp.MustCompile(`(--[a-z-]+): light-dark\(oklch\(([0-9.]+)% ([0-9.]+) ([0-9.]+)\), oklch\(([0-9.]+)% ([0-9.]+) ([0-9.]+)\)\)`)

// colours reads the tokens of one piece of CSS: name to light and dark.
func colours(css string) map[string][2][3]float64 {
	out := map[string][2][3]float64{}
	for _, m := range pair.FindAllStringSubmatch(css, -1) {
		var n [6]float64
		for i := range n {
			n[i], _ = strconv.ParseFloat(m[i+2], 64) // the pattern lets digits through alone
		}
		out[m[1]] = [2][3]float64{oklch(n[0]/100, n[1], n[2]), oklch(n[3]/100, n[4], n[5])}
	}
	return out
}

func TestColoursCanBeRead(t *testing.T) {
	raw, err := embedded.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	token := colours(string(raw))
	check := func(name string, front, back [2][3]float64, least float64) {
		t.Helper()
		for i, theme := range []string{"light", "dark"} {
			if got := contrast(front[i], back[i]); got < least {
				t.Errorf("%s, %s: %.2f, needs %.1f", name, theme, got, least)
			}
		}
	}
	for _, c := range []struct {
		front, back string
		least       float64
	}{
		{"--ink", "--paper", 7}, {"--ink", "--card", 7}, {"--ink", "--sunk", 7}, {"--ink", "--accent-wash", 7},
		{"--ink", "--ok-wash", 7}, {"--ink", "--warn-wash", 7}, {"--ink", "--bad-wash", 7},
		{"--soft", "--paper", 4.5}, {"--soft", "--card", 4.5}, {"--soft", "--sunk", 4.5}, {"--soft", "--accent-wash", 4.5},
		{"--accent", "--paper", 4.5}, {"--accent", "--card", 4.5}, {"--accent", "--sunk", 4.5}, {"--accent", "--accent-wash", 4.5},
		{"--accent-ink", "--accent", 4.5}, {"--accent-ink", "--accent-deep", 4.5},
		{"--ok", "--ok-wash", 4.5}, {"--warn", "--warn-wash", 4.5}, {"--bad", "--bad-wash", 4.5}, {"--bad", "--card", 4.5}, {"--bad-ink", "--bad", 4.5},
		{"--edge", "--paper", 3}, {"--edge", "--card", 3}, {"--edge", "--sunk", 3},
	} {
		front, ok1 := token[c.front]
		back, ok2 := token[c.back]
		if !ok1 || !ok2 {
			t.Fatalf("%s or %s is not in tokens.css as a light-dark() pair of oklch()", c.front, c.back)
		}
		check(c.front+" on "+c.back, front, back, c.least)
	}

	raw, err = embedded.ReadFile("css/hues.css")
	if err != nil {
		t.Fatal(err)
	}
	hue := regexp.MustCompile(`\[data-hue="(\d+)"\] \{([^}]*)\}`).FindAllStringSubmatch(string(raw), -1)
	if len(hue) != 12 {
		t.Fatalf("%d colours for codes, not 12", len(hue))
	}
	for _, m := range hue {
		c := colours(m[2])
		check("hue "+m[1]+" on paper", c["--c"], token["--paper"], 3)
		check("hue "+m[1]+" on card", c["--c"], token["--card"], 3)
		check("ink on tint "+m[1], token["--ink"], c["--t"], 7)
		check("line "+m[1]+" on its tint", c["--c"], c["--t"], 3)
	}
}

// sight are the ways of seeing that the colours of codes must stay apart in:
// full, and deuteranopia and protanopia as matrices on linear RGB (Machado,
// Oliveira and Fernandes 2009, severity 1).
var sight = map[string][3][3]float64{
	"all cones": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"no green":  {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
	"no red":    {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
}

// lab is OKLab of linear sRGB (Ottosson 2020).
func lab(c [3]float64) [3]float64 {
	l := math.Cbrt(.4122214708*c[0] + .5363325363*c[1] + .0514459929*c[2])
	m := math.Cbrt(.2119034982*c[0] + .6806995451*c[1] + .1073969566*c[2])
	s := math.Cbrt(.0883024619*c[0] + .2817188376*c[1] + .6299787005*c[2])
	return [3]float64{
		.2104542553*l + .7936177850*m - .0040720468*s,
		1.9779984951*l - 2.4285922050*m + .4505937099*s,
		.0259040371*l + .7827717662*m - .8086757660*s,
	}
}

func TestColoursOfCodesStayApart(t *testing.T) {
	raw, err := embedded.ReadFile("css/hues.css")
	if err != nil {
		t.Fatal(err)
	}
	var all [][2][3]float64
	for _, m := range regexp.MustCompile(`\[data-hue="\d+"\] \{([^}]*)\}`).FindAllStringSubmatch(string(raw), -1) {
		all = append(all, colours(m[1])["--c"])
	}
	const least = 4.5 // OKLab times 100; under 2 is hard to tell even side by side
	for who, m := range sight {
		seen := func(c [3]float64) [3]float64 {
			var out [3]float64
			for i := range m {
				out[i] = min(1, max(0, m[i][0]*c[0]+m[i][1]*c[1]+m[i][2]*c[2]))
			}
			return lab(out)
		}
		for theme := range 2 {
			for i := range all {
				for j := range i {
					p, q := seen(all[i][theme]), seen(all[j][theme])
					if d := 100 * math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]); d < least {
						t.Errorf("%s, %s: colours %d and %d differ by %.1f", who, []string{"light", "dark"}[theme], j+1, i+1, d)
					}
				}
			}
		}
	}
}
