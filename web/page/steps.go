package page

// Steps is the answer of a form whose changes take longer than a second: how far it has come. Its form goes on by itself, or by its
// button where there is no script; each time it is sent it makes as many steps as fit into a second.
type Steps struct {
	Action string
	Fields []Field // what goes on with it
	Done   int
	All    int
	Share  int    // 0 to 100
	Back   string // where to stop
}

// Field is a field that is sent and not seen.
type Field struct {
	Name, Value string
}
