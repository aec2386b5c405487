// Package e2e starts the real program on a database of its own and lets people
// in Chromium work with it. It has tests only.
//
// The program is built once for each run. Each test has its own database, its
// own process of the program and, for each person, a browser context of its
// own: cookies and storage are never shared. Whatever a person's pages write to
// the console as an error, throw, report against the content security policy
// or ask of another host fails the test, unless the test expects it by name.
//
// Nothing sleeps: a test waits for what a person would see, and says what it
// was waiting for when that does not come. A machine without Chromium or
// Postgres fails with a sentence.
package e2e
