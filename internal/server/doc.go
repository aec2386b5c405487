// Package server is HTTP: routes with their policies, one file of handlers a
// page, sessions, the stream, and the one door through which errors leave.
//
// What it promises: a route without a policy stops the program at start; every
// number in a path is looked up under the project in that path before a handler
// runs, and what one may not know of is answered as if absent; GET changes
// nothing; every answer carries the one content-security policy; a participant's
// words reach no log and no address.
package server
