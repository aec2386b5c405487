package page

import (
	"strconv"
	"strings"
)

// Merge is the part GET /projects/{p}/nodes/merge?nodes=…&into=… answers
// with: what a merge would do, worked out on a view that is thrown away.
// Its form is POST nodes/merge (change, nodes…, into); its select into
// fetches the part again.
type Merge struct {
	Project int
	Nodes   []MergeNode // the sources; their ids are sent as nodes
	Into    NodeLink
	Targets []Choice // what could be merged into; the chosen nodes first
	Refused string   // sentence when this can't be done; the rest is then empty
	Lines   []MergeLine
	Result  string      // "37 codings in 12 documents by 11 informants"
	Keeps   string      // definition of the target that stays, may be empty
	Lost    []MergeText // definitions of the sources, which go with them
}

// MergeNode is one node that would go.
type MergeNode struct {
	NodeLink
	Count string // "6 codings"
}

// MergeLine is a line of the card: "Codings", "6 move; 2 become one".
type MergeLine struct {
	Name string
	Text string
}

// MergeText is a text that a merged node had.
type MergeText struct {
	Name string
	Text string
}

// mergeAddress is the address of the preview with all nodes that take part,
// so that another of them can become the target.
func mergeAddress(v Merge) string {
	var b strings.Builder
	b.WriteString(inProject(v.Project, "nodes", "merge") + "?")
	for _, n := range v.Nodes {
		b.WriteString("nodes=" + strconv.Itoa(n.ID) + "&")
	}
	b.WriteString("nodes=" + strconv.Itoa(v.Into.ID))
	return b.String()
}
