// Package i18n says things to people in their language.
//
// It promises that every sentence, number, date and time a page shows comes
// from one place: the two catalogues en.json and id.json, which have the same
// keys and the same placeholders, and a Printer, which knows one person's
// language and time zone. A key that is in no catalogue stops a test and shows
// itself as it is otherwise, so that a slip never costs a person the page.
//
// Keys are dotted and grouped by page ("members.invite.title"). A placeholder
// is a name in braces ("{name}"). Messages that count have the forms "one" and
// "other" in English and "other" alone in Indonesian, which has one form; their
// number is the placeholder "{n}".
package i18n
