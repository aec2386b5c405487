package page

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/i18n"

	"github.com/a-h/templ"
)

// What the content security policy would drop: styles and handlers in attributes.
var dropped = regexp.MustCompile(`\s(style|on[a-z]+)=|hx-on|javascript:`)

// Every branch of the pages about documents and the codebook is drawn in both
// languages: a message that is missing panics in a test.
func TestPagesAboutDocumentsAndCodebook(t *testing.T) {
	attribute := AttributeField{ID: 21, Name: "Group", Type: "number", Known: []string{"A & B"}}
	choices := []Choice{{Value: "0", Label: "Top"}, {Value: "9", Label: "Under", Depth: 1, Chosen: true}}
	link := NodeLink{ID: 9, Name: "A <theme>", Colour: 3, Pattern: 1}
	panel := func(kind, state string, may bool) NodePanel {
		return NodePanel{Project: 7, MayEdit: may, MayShape: may, ID: 11, Rev: 5, Kind: kind, Path: []NodeLink{link}, Name: "A <kode>", Colour: 3, State: state, StateNote: "It was merged.", Into: &link,
			Codings: "3 codings", Segments: 3, Children: []NodeLink{link}, Example: &Example{Coding: 1, Quote: "words", Where: "P02"},
			Memos: []NodeMemo{{ID: 71, Mine: true, Text: "mine"}, {ID: 72, Text: "other"}}, Past: []PastEntry{{Coder: "RY", Sentence: "made it", Detail: "so"}}}
	}
	codebook := func(may, shape bool) Codebook {
		return Codebook{Project: 7, MayEdit: may, MayShape: shape, WhyNot: "blind", OwnOnly: !shape, Coders: []CoderColumn{{Initials: "RY"}},
			Rows: []NodeRow{{ID: 9, Kind: "theme", Level: 1, Children: 1, Name: "A <theme>", Colour: 1, Memos: 2, Key: "3", Hint: "hint"}, {ID: 11, Parent: 9, Kind: "code", Level: 2, Name: "b", Retired: true, Definition: "d", Use: "u", ByCoder: []string{"0"}}},
			Gone: []GoneNode{{ID: 5, Name: "gone", Restored: true}, {ID: 6, Name: "merged"}}}
	}
	withPanel, withCreate, withTheme := codebook(true, true), codebook(true, true), codebook(true, true)
	p := panel("code", "live", true)
	withPanel.Panel = &p
	withCreate.Create, withTheme.Create = &NodeCreate{Kind: "code", Parents: choices}, &NodeCreate{Kind: "theme", Parents: choices}
	file := Preview{Project: 7, Sum: "ab", File: "P <13>.srt", Already: "P04", AlreadyID: 4, HeldFrom: "name", Guessed: true, Cases: choices, Attributes: []AttributeField{attribute}, Own: []AttributeField{attribute}, Charsets: choices, Speakers: true, MaySpeak: true,
		Found: []FoundSpeaker{{Label: "A", Role: "other"}}, Turns: []PreviewTurn{{Speaker: "A", Pieces: []PreviewPiece{{Text: "Ask "}, {Text: "Bu <Siti>", Name: "44"}, {Text: ", she"}}}},
		Notes: []PreviewNote{{Mark: "ok"}, {Mark: "warn"}, {Mark: "change"}}, Names: []FoundName{{Key: "44", Name: "Bu <Siti>"}}, Others: 2}
	documents := Documents{Project: 7, MayAdd: true, GroupName: "Group", NoneOfMine: true, LargestMB: 50, Rows: []DocumentRow{{ID: 4, Name: "P <04>", Held: "today", Finished: true}, {ID: 5}},
		Removed: []RemovedDocument{{ID: 6, Note: "n"}}, Waiting: []WaitingFile{{Sum: "ab"}}, Edit: &DocumentEdit{ID: 4, File: "f", ReadAs: "r", Added: "a", Attributes: []AttributeField{attribute}}}
	cases := Informants{Project: 7, MayEdit: true, Attributes: []Attribute{{ID: 21, Name: "Group", Of: "case", Type: "number", Known: []string{"1"}, Note: "n"}, {ID: 22, Of: "document", Type: "date"}}, Loose: []DocumentLink{{ID: 3}}}
	for i := range 9 {
		cases.Cases = append(cases.Cases, CaseRow{ID: i + 1, Name: "P", Codings: "1,204", Documents: []DocumentLink{{ID: 4}}})
	}
	reading := cases
	reading.MayEdit = false
	segments := []SegmentGroup{{Document: 4, Informant: "P04", Segments: []Segment{{Coding: 1, Quote: "q", Example: true}, {Coding: 2, Speaker: "P", Memos: []MemoHTML{"m"}}, {Coding: 3, Code: &link}}}}
	entries := []HistoryEntry{{Seq: 3, Kind: "coding", MayUndo: true, Link: "/x", Detail: "d"}, {Seq: 2, Kind: "documents", WhyNot: "w"}, {Seq: 1, Kind: "writing", Undone: "u"}, {Kind: "codebook"}, {Kind: "project"}}
	deed := func(name string) Consequence {
		return Consequence{Project: 7, Deed: name, Nodes: []DeedNode{{NodeLink: link, Count: "6"}, {NodeLink: link}}, Into: &link, Field: "into", Targets: choices, Children: "up", Lines: []DeedLine{{Name: "n"}}, Keeps: "k", Lost: []DeedText{{Name: "x"}},
			Counts: []CountChange{{NodeLink: link, Codings: [2]string{"1", "2"}}}, More: "and 1 more", Turned: []NodeLink{link}, Reason: true}
	}
	table := codebook(true, true)
	table.Table, table.InTheme, table.Coded, table.Pairs = true, choices, []Choice{{Value: "1", Label: "R"}, {Value: "2", Label: "S"}}, []Twins{{A: link, B: link, Names: true, Words: "83%"}}
	table.Sheet = []SheetRow{{NodeRow: codebook(true, true).Rows[0], ChangedAt: 3, ChangedBy: "RY", Pinnable: true}, {NodeRow: codebook(true, true).Rows[1], Path: "A <theme>", Who: []ByWho{{Initials: "RY", Count: "1"}}, Example: &Example{Quote: "<kode>"}, Note: "retired"}}

	for _, lang := range i18n.Languages {
		c := Chrome{L: i18n.New(lang, "Asia/Makassar"), Assets: func(name string) string { return "/assets/" + name }, Project: &Bar{ID: 7, Name: "P"}}
		for name, part := range map[string]templ.Component{
			"documents": DocumentsPage(c, documents), "documents, none": DocumentsPage(c, Documents{MayAdd: true}), "documents, reader": DocumentsPage(c, Documents{}),
			"preview": PreviewPart(c, file), "preview, unread": PreviewPart(c, Preview{Error: "no text"}), "preview, no speakers": PreviewPart(c, Preview{MaySpeak: true, Speakers: true}),
			"informants": InformantsPage(c, cases), "informants, reader": InformantsPage(c, reading), "informants, none": InformantsPage(c, Informants{}),
			"codebook": CodebookPage(c, withPanel), "new code": CodebookPage(c, withCreate), "new theme": CodebookPage(c, withTheme), "codebook, blind": CodebookPage(c, codebook(true, false)), "codebook, reader": CodebookPage(c, codebook(false, false)),
			"codebook, none": CodebookPage(c, Codebook{MayEdit: true}), "codebook, none to read": CodebookPage(c, Codebook{}),
			"node": NodePage(c, Node{Panel: panel("code", "live", true), Groups: segments, Older: "?page=2", Newer: "?page=1"}), "theme": NodePage(c, Node{Panel: panel("theme", "live", true), Under: true}), "merged": NodePage(c, Node{Panel: panel("code", "merged", false)}),
			"top": NodePart(c, NodePanel{Kind: "theme", State: "live", MayEdit: true, MayShape: true}, true), "bare": NodePart(c, NodePanel{Kind: "code", Segments: 1}, true),
			"merge": ConsequencePage(c, deed("merge")), "removed": ConsequencePart(c, deed("removed")), "theme made": ConsequencePart(c, deed("theme")), "code made": ConsequencePart(c, deed("code")), "retired": ConsequencePart(c, deed("retired")),
			"merge, refused": ConsequencePart(c, Consequence{Deed: "merge", Refused: "no"}), "move, waiting": ConsequencePart(c, Consequence{Deed: "move", Field: "parent", Wait: true}), "table": CodebookPage(c, table), "table, none": CodebookPage(c, Codebook{Table: true, MayEdit: true}),
			"history": HistoryPage(c, History{Project: 7, Blind: true, Newest: "/n", Older: "/o", Chain: "9f", Days: []HistoryDay{{Entries: entries}}}), "history, none": HistoryPage(c, History{}), "history, all": HistoryPage(c, History{Days: []HistoryDay{{Entries: entries}}}),
			"export": ExportPage(c, Export{Project: 7, OwnOnly: true, Originals: []OriginalFile{{Document: 4}}}),
		} {
			var b strings.Builder
			if err := part.Render(context.Background(), &b); err != nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
			if bad := dropped.FindString(b.String()); bad != "" {
				t.Errorf("%s in %s carries %q, which the content security policy drops", name, lang, bad)
			}
			if raw := regexp.MustCompile(`<(04|13|Siti|theme|kode)>`).FindString(b.String()); raw != "" {
				t.Errorf("%s in %s prints %s unescaped", name, lang, raw)
			}
		}
	}
}

// The words of a previewed turn are printed as they are, without a space that is not theirs.
func TestPiecesAddNothing(t *testing.T) {
	got := pieces([]PreviewPiece{{Text: "Ask "}, {Text: "Bu Siti", Name: "44"}, {Text: ", she\nknows"}})
	want := "Ask <mark data-name=\"44\" data-was=\"Bu Siti\">Bu Siti</mark>, she\nknows"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
