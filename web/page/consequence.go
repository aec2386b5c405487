package page

import (
	"net/url"
	"strconv"
)

// Consequence is what a change of the codebook would do, worked out on a view
// that is thrown away: the part that GET nodes/merge, nodes/move, nodes/state
// and nodes/{n}/kind and POST nodes/{n}/split/see answer with. Its form is the POST to the same address
// (change, nodes…, and into; parent; state and children; or kind). What can be
// chosen in it fetches the part again. The form of a split has no decisions in
// it: the queue that holds them sends it.
type Consequence struct {
	Project  int
	Deed     string        // merge, move, split, theme, code, retired, removed
	Action   string        // where the form is sent
	Again    string        // the address of this part without what is chosen in it
	Nodes    []DeedNode    // what it is done to; their numbers are sent as nodes
	Into     *NodeLink     // what they go into or under; nil at the top, and where they stay
	Top      bool          // they go to the top
	Field    string        // name of the choice of Targets: into or parent, empty for none
	Targets  []Choice      // what could be merged into (the chosen nodes first) or moved under
	Children string        // up or along where something stands below what is removed
	Refused  string        // sentence when this can't be done; the rest is then empty
	Wait     bool          // something has to be chosen first
	Lines    []DeedLine    // "Codings", "6 move; 2 become one"
	Counts   []CountChange // what the counts become
	More     string        // "and 3 more", may be empty
	Turned   []NodeLink    // approved themes that would be changed since
	Keeps    string        // definition of the target that stays, may be empty
	Lost     []DeedText    // definitions of the sources, which go with them
	Reason   bool          // a reason can be given
}

// DeedNode is a node that something is done to.
type DeedNode struct {
	NodeLink
	Count string // "6 codings"
}

// DeedLine is one line of what would happen.
type DeedLine struct {
	Name string
	Text string
}

// DeedText is a text that a merged node had.
type DeedText struct {
	Name string
	Text string
}

// CountChange is what a node counts before and after, with everything below it.
type CountChange struct {
	NodeLink
	Codings    [2]string
	Documents  [2]string
	Informants [2]string
}

// DeedAddress is where a consequence is asked for.
func DeedAddress(project int, path string, nodes []int, pairs ...string) string {
	q := url.Values{}
	for _, n := range nodes {
		q.Add("nodes", strconv.Itoa(n))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return inProject(project, "nodes") + "/" + path + "?" + q.Encode()
}
