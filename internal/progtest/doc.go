// Package progtest gives tests the program as people run it. Tests only.
//
// It is built once per test process, without the race detector, into a folder
// that goes with the process, however that ends.
package progtest
