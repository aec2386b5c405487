// Package fault breaks things on purpose: the program and its Postgres are killed, connections cut, disks filled,
// clocks set wrong, answers lost, while people code; and then it is counted what was acknowledged and is not there,
// what is there twice, and what is there by half.
//
// Each rig has a control: the same rig over a seeded defect, which it must find. The defects stand in the tests alone.
// The rigs are tests under the build tag faults: `make test` runs them in a short form, `make faults` in a long one,
// which ends with a table of their figures.
package fault
