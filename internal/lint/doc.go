// Package lint is tests about the tree: who imports whom, where the clock and the
// environment may be read, which words names avoid, what migrations and templates
// must and must not have, under which licences the linked modules stand.
//
// They read files and not what the compiler remembers, so they can't pass from a
// cache on a broken tree (`go test` looks at the files that a test opened). Each
// rule is a function from contents to complaints; beside the test that runs it
// over the tree stands one that shows it a violation, and a test that finds
// nothing to look at fails.
package lint
