//go:build race

package refi

// raceBuild: the race detector makes everything several times slower, so times say nothing.
const (
	raceBuild    = true
	bigDocuments = 10
)
