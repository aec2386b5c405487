package refi

import (
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
)

// xsd is as much of XML Schema as the two schemas use.
type xsd struct {
	Complex []struct {
		Name     string     `xml:"name,attr"`
		Sequence *xsdGroup  `xml:"sequence"`
		Choice   *xsdGroup  `xml:"choice"`
		Attrs    []xsdField `xml:"attribute"`
	} `xml:"complexType"`
	Simple []struct {
		Name string `xml:"name,attr"`
		Enum []struct {
			Value string `xml:"value,attr"`
		} `xml:"restriction>enumeration"`
	} `xml:"simpleType"`
}

type xsdGroup struct {
	Elements []xsdField `xml:"element"`
	Choice   *xsdGroup  `xml:"choice"`
}

type xsdField struct {
	Name string `xml:"name,attr"`
	Type string `xml:"type,attr"`
	Use  string `xml:"use,attr"`
	Min  string `xml:"minOccurs,attr"`
	Max  string `xml:"maxOccurs,attr"`
}

func (f xsdField) child() child {
	c := child{f.Name, strings.TrimPrefix(f.Type, "xsd:"), 1, 1}
	if f.Min == "0" {
		c.min = 0
	}
	if f.Max == "unbounded" {
		c.max = 0
	}
	return c
}

// TestRulesAreTheSchema compares the rules with the official schemas: nothing more, nothing less.
func TestRulesAreTheSchema(t *testing.T) {
	for file, rules := range map[string]map[string]rule{"Project.xsd": projectRules, "Codebook.xsd": codebookRules} {
		data, err := os.ReadFile("testdata/xsd/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var x xsd
		if err := xml.Unmarshal(data, &x); err != nil {
			t.Fatal(err)
		}
		if len(x.Complex) != len(rules) {
			t.Errorf("%s has %d types, the rules %d", file, len(x.Complex), len(rules))
		}
		for _, c := range x.Complex {
			r, there := rules[c.Name]
			if !there {
				t.Errorf("no rule for %s", c.Name)
				continue
			}
			var want []child
			if c.Sequence != nil {
				for _, e := range c.Sequence.Elements {
					want = append(want, e.child())
				}
				if c.Sequence.Choice != nil {
					for _, e := range c.Sequence.Choice.Elements {
						want = append(want, e.child())
					}
				}
			}
			if c.Choice != nil {
				for _, e := range c.Choice.Elements {
					want = append(want, e.child())
				}
			}
			if !slices.Equal(want, r.children) || r.choice != (c.Choice != nil) {
				t.Errorf("%s of %s:\n%v\n%v", c.Name, file, want, r.children)
			}
			var attrs []string
			for _, a := range c.Attrs {
				s := a.Name + ":" + strings.TrimPrefix(a.Type, "xsd:")
				if a.Use == "required" {
					s += "!"
				}
				attrs = append(attrs, s)
			}
			have := strings.Fields(r.attributes)
			slices.Sort(attrs)
			slices.Sort(have)
			if !slices.Equal(attrs, have) {
				t.Errorf("%s of %s:\n%v\n%v", c.Name, file, attrs, have)
			}
		}
		for _, s := range x.Simple {
			var want []string
			for _, e := range s.Enum {
				want = append(want, e.Value)
			}
			if len(want) > 0 && !slices.Equal(want, enumerations[s.Name]) {
				t.Errorf("%s: %v", s.Name, want)
			}
		}
	}
}

// TestEveryElementIsAccountedFor: each element of the schema is counted by a report, or holds others, or is a part of its parent.
func TestEveryElementIsAccountedFor(t *testing.T) {
	parts := []string{
		"Users", "CodeBook", "Codes", "Variables", "Cases", "Sources", "Notes", "Links", "Sets", "Graphs", // hold others
		"VariableRef", "TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue", // parts of a VariableValue
		"PlainTextContent", // the text of its parent
	}
	seen := map[string]bool{}
	for _, r := range projectRules {
		for _, c := range r.children {
			seen[c.name] = true
			if ranks[c.name] == 0 && !slices.Contains(parts, c.name) {
				t.Errorf("%s is not accounted for", c.name)
			}
		}
	}
	for _, name := range slices.Concat(counted, parts) {
		if !seen[name] {
			t.Errorf("%s is not in the schema", name)
		}
	}
}
