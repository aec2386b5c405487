// Package engine keeps live projects: it is the only room that turns an intended
// change into an entry of a ledger, and it answers every question about codings
// from memory.
//
// What it promises:
//
//  1. The ledger is the truth. State is the fold of the entries' effects; loading,
//     one's own writes, another process's writes and replay go through the same
//     function. A View at n equals the fold of 1..n.
//  2. Nothing is seen before it is committed: commit, swap the View, ring.
//  3. No entry is skipped, doubled or reordered for any watcher.
//  4. A View never changes; readers take no lock.
//  5. It can prove itself: Check rebuilds naively from the ledger and from the
//     tables and compares.
//
// The order of a write is check, append, apply, ring, and nothing else does it.
package engine
