package refi

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A node is any XML, to be wrecked and written again.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []*node    `xml:",any"`
}

func (n *node) write(b *strings.Builder) {
	fmt.Fprintf(b, "<%s", n.XMLName.Local)
	for _, a := range n.Attrs {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			fmt.Fprintf(b, ` %s="%s"`, a.Name.Local, quoted.Replace(a.Value))
		}
	}
	b.WriteByte('>')
	if strings.TrimSpace(n.Text) != "" {
		b.WriteString(quoted.Replace(n.Text))
	}
	for _, k := range n.Nodes {
		k.write(b)
	}
	fmt.Fprintf(b, "</%s>", n.XMLName.Local)
}

// wreck changes a tree in one of the ways in which programs and people get files wrong.
func (c *chance) wreck(root *node, pool []string) {
	var all []*node
	var walk func(n *node)
	walk = func(n *node) {
		all = append(all, n)
		for _, k := range n.Nodes {
			walk(k)
		}
	}
	walk(root)
	n := all[c.IntN(len(all))]
	other := all[c.IntN(len(all))]
	switch c.IntN(9) {
	case 0: // an element goes
		if len(n.Nodes) > 0 {
			i := c.IntN(len(n.Nodes))
			n.Nodes = append(n.Nodes[:i:i], n.Nodes[i+1:]...)
		}
	case 1: // is there twice, with the same GUIDs
		if len(n.Nodes) > 0 && len(all) < 5000 {
			n.Nodes = append(n.Nodes, n.Nodes[c.IntN(len(n.Nodes))])
		}
	case 2: // stands elsewhere
		if len(other.Nodes) > 0 && len(all) < 5000 {
			k := other.Nodes[c.IntN(len(other.Nodes))]
			if !k.has(n) {
				n.Nodes = append(n.Nodes, k)
			}
		}
	case 3, 4: // an attribute has the value of another
		if len(n.Attrs) > 0 {
			n.Attrs[c.IntN(len(n.Attrs))].Value = pool[c.IntN(len(pool))]
		}
	case 5: // or none
		if len(n.Attrs) > 0 {
			i := c.IntN(len(n.Attrs))
			n.Attrs = append(n.Attrs[:i:i], n.Attrs[i+1:]...)
		}
	case 6: // or a strange one
		if len(n.Attrs) > 0 {
			n.Attrs[c.IntN(len(n.Attrs))].Value = c.pick("", "-1", "999999999999999999999", "0", "x", "{}", "\n", "true", "rgb(300,1,2)", "#12", "0000-01-01T00:00:00Z",
				"9999-12-31T23:59:59-10:00", "2024-13-01", "internal://", "absolute:///", "..", "00000000-0000-0000-0000-000000000000")
		}
	case 7: // another name
		n.XMLName.Local = c.pick(append([]string{"Nonsense"}, counted...)...)
		if n == root {
			n.XMLName.Local = "Project"
		}
	case 8: // another order
		c.Shuffle(len(n.Nodes), func(i, j int) { n.Nodes[i], n.Nodes[j] = n.Nodes[j], n.Nodes[i] })
	}
}

// has reports whether a node is another or holds it.
func (n *node) has(o *node) bool {
	if n == o {
		return true
	}
	for _, k := range n.Nodes {
		if k.has(o) {
			return true
		}
	}
	return false
}

// TestWrecked: whatever is wrong in a file that is still XML, what is read adds up, is sound, and can be written and read again.
func TestWrecked(t *testing.T) {
	s := seed(t)
	bases := vendorFiles(t)
	rounds, read := 250, 0
	if raceBuild {
		rounds = 40
	}
	if s := os.Getenv("ANYAM_ROUNDS"); s != "" {
		var err error
		if rounds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint64(rounds) {
		c := newChance(s + n)
		var base []byte
		files := map[string][]byte{}
		switch v := bases[c.IntN(len(bases))]; c.IntN(3) {
		case 0:
			base = v.xml
			files["sources/d1.txt"] = []byte("Pewawancara: Bagaimana banjir kemarin? 😀\r\nIbu Sari: Air masuk sampai lutut, 😢 kami naik ke atas.")
		case 1:
			st := styles[c.IntN(len(styles))]
			st.inline, st.xml16, st.text16, st.latin, st.prefix = true, false, false, false, ""
			base = unzipped(t, st.file(tiny(false)), st.qde)
		default:
			base = unzipped(t, written(t, newChance(s+n).project(1, 40), Standard), "project.qde")
		}
		var root node
		if err := xml.Unmarshal(bytes.TrimPrefix(base, []byte("\ufeff")), &root); err != nil {
			t.Fatal(err)
		}
		var pool []string
		var gather func(k *node)
		gather = func(k *node) {
			for _, a := range k.Attrs {
				pool = append(pool, a.Value)
			}
			for _, o := range k.Nodes {
				gather(o)
			}
		}
		gather(&root)
		for range 1 + c.IntN(30) {
			c.wreck(&root, pool)
		}
		var b strings.Builder
		root.write(&b)
		files["project.qde"] = []byte(b.String())
		data := zipped(files, false)
		t.Run(fmt.Sprint(s+n), func(t *testing.T) { fuzzed(t, data) })
		if _, _, err := Read(data, Options{Limits: small}); err == nil {
			read++
		}
		if t.Failed() {
			return
		}
	}
	if read < rounds/2 {
		t.Errorf("only %d of %d could be read at all, so that this proves little", read, rounds)
	}
}

func unzipped(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	a, bf := openArchive(data, Limits{}.filled())
	if bf != nil {
		t.Fatal(bf)
	}
	e := a.find(name)
	if e == nil {
		t.Fatal(name)
	}
	out, bf := a.read(e, 1<<24)
	if bf != nil {
		t.Fatal(bf)
	}
	return out
}
