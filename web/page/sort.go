package page

import (
	"encoding/json"
)

// Sort is the page /projects/{p}/nodes/{n}/sort: a queue in which the segments
// of one code are read one by one and given to other codes. The script fetches
// sort.json and codebook.json by itself; #c{coding} in the address is the
// segment one is at, ?whose=mine and ?undecided=on are filters.
//
// Forms: POST codings (change, codings, code), nodes/{n}/split/see and
// nodes/{n}/split (change, parts, reason), undo (change, seq), nodes
// (change, kind, name, parent) and nodes/state (change, nodes, state,
// children), all sent by the script.
type Sort struct {
	Project    int
	Node       int
	Me         int // the reader as coder
	Seq        int // entry the page was drawn at
	Name       string
	Kind       string // theme or code
	Definition string
	Colour     int
	Pattern    int
	Path       []NodeLink // themes and codes above, from the top
	Children   []NodeLink
	Above      int // the node it stands under, 0 at the top
	Live       bool
	Retired    bool
	Turned     []string  // approved themes that fall to "changed since" with the first segment that goes elsewhere
	StateNote  string    // sentence where it is not live
	Into       *NodeLink // what it was merged into
	Segments   int
	GroupName  string // of the attribute that names an informant's group
	Email      string // the reader's, for signing in again
	MayCode    bool
	MaySplit   bool // decisions may be held back and made in one entry
	MayAdd     bool
	MayRetire  bool
	WhyNot     string // sentence when MayCode is false though the code is live
	Blind      string // sentence when the reader codes blind
}

// sortKeys are the messages that the queue says by itself, sorted.
var sortKeys = []string{
	"sort.add",
	"sort.add.create",
	"sort.add.created",
	"sort.add.done",
	"sort.add.full",
	"sort.add.hint",
	"sort.add.none",
	"sort.again",
	"sort.all",
	"sort.at",
	"sort.at.end",
	"sort.attribute",
	"sort.away",
	"sort.card",
	"sort.changed",
	"sort.close",
	"sort.coder.mine",
	"sort.cut",
	"sort.decided",
	"sort.decided.keep",
	"sort.decided.to",
	"sort.done.again",
	"sort.done.all",
	"sort.done.all.one",
	"sort.done.everyone",
	"sort.done.joined",
	"sort.done.joined.one",
	"sort.done.kept",
	"sort.done.open",
	"sort.done.others",
	"sort.done.others.one",
	"sort.done.read",
	"sort.done.retire",
	"sort.done.retire.why",
	"sort.done.retired",
	"sort.done.some",
	"sort.done.title",
	"sort.done.went",
	"sort.drop",
	"sort.elsewhere",
	"sort.failed",
	"sort.gone",
	"sort.heading",
	"sort.held.take",
	"sort.held.to",
	"sort.help",
	"sort.hold",
	"sort.hold.why",
	"sort.into",
	"sort.keep",
	"sort.left",
	"sort.left.out",
	"sort.loading",
	"sort.memos",
	"sort.memos.one",
	"sort.mine",
	"sort.next",
	"sort.nokey",
	"sort.notargets",
	"sort.offline",
	"sort.open",
	"sort.others",
	"sort.place",
	"sort.places",
	"sort.previous",
	"sort.refused",
	"sort.same",
	"sort.saved",
	"sort.saving",
	"sort.see",
	"sort.signin",
	"sort.signin.do",
	"sort.split",
	"sort.split.back",
	"sort.split.done",
	"sort.split.done.one",
	"sort.split.none",
	"sort.split.why",
	"sort.status",
	"sort.took",
	"sort.took.keep",
	"sort.undecided",
	"sort.undo",
	"sort.undo.none",
	"sort.undo.say",
	"sort.undone",
	"sort.use",
	"sort.whose",
	"surface.away",
	"surface.failed",
	"surface.signin.email",
	"surface.signin.later",
	"surface.signin.link",
	"surface.signin.password",
	"surface.signin.title",
	"surface.signin.why",
	"surface.signin.why.none",
	"surface.signin.why.one",
	"surface.when.today",
	"surface.when.yesterday",
}

// data is the page's block of JSON as a script element; see CodingPage.data.
func (v Sort) data(c Chrome) string {
	words := make(map[string]string, len(sortKeys))
	for _, k := range sortKeys {
		words[k] = c.L.T(k)
	}
	zone := ""
	if c.Me != nil {
		zone = c.Me.Zone
	}
	b, err := json.Marshal(map[string]any{
		"project": v.Project, "node": v.Node, "me": v.Me, "seq": v.Seq, "lang": c.L.Lang(), "zone": zone, "email": v.Email,
		"name": v.Name, "colour": v.Colour, "pattern": v.Pattern, "above": v.Above, "retired": v.Retired, "group": v.GroupName,
		"may": map[string]bool{"code": v.MayCode, "split": v.MaySplit, "add": v.MayAdd, "retire": v.MayRetire}, "strings": words,
	})
	if err != nil {
		panic("numbers and strings always marshal: " + err.Error())
	}
	return `<script type="application/json" id="sort-data">` + string(b) + `</script>`
}

// around is the page's chrome with the queue's script.
func (v Sort) around(c Chrome) Chrome {
	if v.Live {
		c.Scripts = append(append([]string{}, c.Scripts...), "segment-queue.js")
	}
	return c
}

// sortKeyboard lists the keys of the queue; decides marks those that need the right to code.
var sortKeyboard = []struct {
	keys    []string
	say     string
	decides bool
}{
	{[]string{"1", "…", "9"}, "sort.keys.take", true},
	{[]string{"0", "space"}, "sort.keys.keep", true},
	{[]string{"backspace"}, "sort.keys.back", false},
	{[]string{"J", "↓", "→"}, "sort.keys.next", false},
	{[]string{"K", "↑", "←"}, "sort.keys.previous", false},
	{[]string{"Enter"}, "sort.keys.open", false},
	{[]string{"Ctrl Z"}, "sort.keys.undo", true},
	{[]string{"A"}, "sort.keys.add", true},
	{[]string{"S"}, "sort.keys.split", true},
	{[]string{"?"}, "sort.keys.help", false},
}

// sortKey is how a key is called in the reader's language.
func sortKey(c Chrome, name string) string {
	if name == "space" || name == "backspace" {
		return c.T("sort.key." + name)
	}
	return name
}
