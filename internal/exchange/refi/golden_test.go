package refi

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// A vendorFile is a small made-up file in the way of a program: its XML, and its zip where it has texts.
type vendorFile struct {
	name      string
	data, xml []byte
}

// vendorFiles reads testdata/vendors: parts that begin with "-- NAME [crlf] [bom] --".
func vendorFiles(t testing.TB) []vendorFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/vendors/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files of vendors", err)
	}
	var out []vendorFile
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v := vendorFile{name: strings.TrimSuffix(filepath.Base(path), ".txt")}
		files := map[string][]byte{}
		for _, part := range strings.Split("\n"+string(data), "\n-- ")[1:] {
			head, body, _ := strings.Cut(part, " --\n")
			words := strings.Fields(head)
			body = strings.TrimSuffix(body, "\n")
			for _, w := range words[1:] {
				switch w {
				case "crlf":
					body = strings.ReplaceAll(body, "\n", "\r\n")
				case "bom":
					body = "\ufeff" + body
				default:
					t.Fatalf("%s: %q", path, head)
				}
			}
			files[words[0]] = []byte(body)
			if strings.HasSuffix(words[0], ".qde") || strings.HasSuffix(words[0], ".qdc") {
				v.xml = []byte(body)
			}
		}
		v.data = v.xml
		if len(files) > 1 {
			v.data = zipped(files, false)
		}
		out = append(out, v)
	}
	return out
}

// TestVendorReports compares the reports and projects of small files in the way of each program with what was read by a person.
func TestVendorReports(t *testing.T) {
	for _, v := range vendorFiles(t) {
		t.Run(v.name, func(t *testing.T) {
			o := Options{}
			if v.name == "codebook-taguette" {
				o.SplitNames = `\`
			}
			p, r, err := Read(v.data, o)
			if err != nil {
				t.Fatal(err)
			}
			balanced(t, r)
			for _, x := range Check(p) {
				if x.Fatal {
					t.Error(x)
				}
			}
			got := r.String() + "\n" + outline(p)
			path := "testdata/golden/" + v.name + ".txt"
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("go test -run VendorReports -update, and read what changed:\n%s\nnot\n%s", got, want)
			}
		})
	}
}

// outline is a project in words a person can read.
func outline(p *Project) string {
	var b strings.Builder
	names := map[GUID]string{}
	for _, c := range p.Coders {
		names[c.GUID] = c.Name
	}
	depth := map[GUID]int{}
	p.EachCode(func(c, parent *Code) {
		names[c.GUID] = c.Name
		if parent != nil {
			depth[c.GUID] = depth[parent.GUID] + 1
		}
		fmt.Fprintf(&b, "%scode %q codable %v %s %q\n", strings.Repeat("  ", depth[c.GUID]), c.Name, c.Codable, c.Colour, c.Description)
	})
	for _, a := range p.Attributes {
		names[a.GUID] = a.Name
		fmt.Fprintf(&b, "attribute %q %s\n", a.Name, a.Type)
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		names[d.GUID] = "document " + d.Name
		fmt.Fprintf(&b, "document %q kind %d, %d characters, values %s, times %d\n", d.Name, d.Kind, d.Chars(), said(d.Values, names), len(d.Times))
		for _, s := range d.Selections {
			w, _ := d.Words(s.Start, s.Stop)
			names[s.GUID] = fmt.Sprintf("words %q", w)
			fmt.Fprintf(&b, "  %d-%d %q %q %q\n", s.Start, s.Stop, w, s.Name, s.Description)
			for _, c := range s.Codings {
				fmt.Fprintf(&b, "    %s by %q\n", names[c.Code], names[c.Coder])
			}
		}
	}
	for _, c := range p.Cases {
		fmt.Fprintf(&b, "case %q values %s", c.Name, said(c.Values, names))
		for _, list := range [][]GUID{c.Codes, c.Documents, c.Selections} {
			for _, g := range list {
				fmt.Fprintf(&b, ", %s", names[g])
			}
		}
		b.WriteByte('\n')
	}
	for _, m := range p.Memos {
		fmt.Fprintf(&b, "memo %q %q %q", m.Name, m.Text, m.Description)
		for _, t := range m.On {
			fmt.Fprintf(&b, " on %s", names[t.GUID])
		}
		b.WriteByte('\n')
	}
	for _, l := range p.Links {
		fmt.Fprintf(&b, "link %q %s → %s\n", l.Name, names[l.From], names[l.To])
	}
	for _, s := range p.Sets {
		fmt.Fprintf(&b, "set %q", s.Name)
		for _, list := range [][]GUID{s.Codes, s.Documents, s.Memos} {
			for _, g := range list {
				fmt.Fprintf(&b, ", %s", names[g])
			}
		}
		b.WriteByte('\n')
	}
	for _, g := range p.Graphs {
		fmt.Fprintf(&b, "graph %q, %d vertices, %d edges\n", g.Name, len(g.Vertices), len(g.Edges))
	}
	return b.String()
}

func said(list []Value, names map[GUID]string) string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprintf("%s=%s %q", names[v.Attribute], v.Type, v.Text))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// TestSamples reads real files of other programs from the folder that ANYAM_SAMPLES names, and the made-up ones otherwise, and prints
// the sums of their reports. Nothing goes in silence in any of them.
func TestSamples(t *testing.T) {
	var files []vendorFile
	if dir := os.Getenv("ANYAM_SAMPLES"); dir != "" {
		paths, err := filepath.Glob(filepath.Join(dir, "*.qd?*"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no samples in %s: %v", dir, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, vendorFile{name: filepath.Base(path), data: data})
		}
	} else {
		files = vendorFiles(t)
	}
	for _, v := range files {
		p, r, err := Read(v.data, Options{})
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		balanced(t, r)
		lost, joined := 0, 0
		for _, e := range r.Elements {
			lost += e.Lost
			joined += e.Joined
		}
		if n := r.Kept("Coding"); n != p.CodingCount() {
			t.Errorf("%s: the report says %d codings, there are %d", v.name, n, p.CodingCount())
		}
		t.Logf("%-45s %s: %d codes, %d documents, %d selections, %d codings; %d joined, %d lost, %d items", v.name, r.Vendor,
			r.Kept("Code"), len(p.Documents), r.Kept("PlainTextSelection"), p.CodingCount(), joined, lost, len(r.Items))
		for _, x := range Check(p) {
			if x.Fatal {
				t.Errorf("%s: %s", v.name, x)
			}
		}
		for _, f := range Profiles {
			for _, x := range CheckFile(written(t, p, f), f) {
				if x.Fatal {
					t.Errorf("%s as %s: %s", v.name, f, x)
				}
			}
		}
	}
}
