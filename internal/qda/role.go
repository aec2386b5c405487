package qda

// Role is what a coder may do in a project. The empty role is that of a coder who has left.
type Role string

// The roles.
const (
	Owner      Role = "owner"
	Researcher Role = "researcher"
	Supervisor Role = "supervisor"
)

// Valid reports whether r is one of the three.
func (r Role) Valid() bool { return r == Owner || r == Researcher || r == Supervisor }

// May reports whether a role may make a kind of change. It is the one table of rights over
// changes; routes ask it and decide asks it again.
func (r Role) May(kind string) bool {
	switch kind {
	case "MemoWritten", "MemoChanged", "MemoRemoved", "CoderLeft", "RemarkMade", "RemarkSettled", "QuestionKept", "QuestionRemoved":
		return r.Valid()
	case "ThemeJudged":
		return r == Supervisor || r == Owner
	case "ProjectMade":
		return false // only made by the program, before there is a coder
	case "ProjectChanged", "CoderJoined", "CodersChanged":
		return r == Owner
	default:
		return r == Owner || r == Researcher
	}
}

// MayBlind reports whether a blind coder may make a kind of change: one that shows or moves
// nobody else's codings, and rests on none.
func MayBlind(kind string) bool {
	switch kind {
	case "NodesMerged", "NodesMoved", "NodesState", "NodeKind", "NodeSplit", "ThemeJudged", "ReviewAsked":
		return false
	}
	return true
}
