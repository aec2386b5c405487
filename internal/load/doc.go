// Package load measures the whole program as browsers meet it: the real binary, its routes, policies and sessions, a real
// Postgres, many coders at a steady pace, long documents, long lists.
//
// Every figure stands beside another of the same run on the same machine (one coder alone, the bare request, a synced
// write, the same page without codings), so that ratios can be compared between machines; and it counts: a run in which
// anything was refused, lost, doubled or not seen by a watcher is an error, however fast it was.
//
// The browsers run in the same machine as the server and its database and share its cores with them.
package load
