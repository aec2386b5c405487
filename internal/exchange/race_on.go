//go:build race

package exchange

// raceBuild: the race detector maps more memory than any limit of ours allows.
const raceBuild = true
