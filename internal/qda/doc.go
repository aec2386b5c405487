// Package qda is the vocabulary of qualitative data analysis as anyam speaks it:
// the things a project holds, the closed set of changes people make to them, and
// the rules that need no database.
//
// One word for one thing:
//
//	project    one study: documents, codebook, people, ledger
//	document   one text as analysed, in numbered versions that never change
//	turn       one speaker's stretch of a document
//	span       a half-open range of code points in one document version
//	segment    the words under a span
//	code       a named idea: definition, when to use, when not, example
//	coding     one code applied by one coder to one span
//	theme      a node of the codebook that makes a claim and gathers codes
//	codebook   the tree of themes and codes
//	memo       dated writing attached to a thing
//	draft      a named version of the codebook: the project at a seq
//	evidence   a coding chosen to speak for a theme's claim, or against it
//	concept    an idea of a theory; a tie links a theme to one
//	remark     what is said in a review, and the answers to it
//	judgement  a verdict on a theme as it was then
//	question   a retrieval kept by name
//	spot       where a node stands on the map
//	coder      a person acting in a project; an account signs in
//	case       the unit compared; an informant is a case that speaks
//	attribute  a property of cases or documents; a value is what one has for it
//	change     what a coder meant; an entry is the change with number, coder, time
//	seq        an entry's place in its project's ledger, from 1, no gaps
package qda
