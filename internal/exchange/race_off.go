//go:build !race

package exchange

// raceBuild is false: the memory limit of the child holds.
const raceBuild = false
