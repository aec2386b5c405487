//go:build !race

package refi

const (
	raceBuild    = false
	bigDocuments = 200
)
