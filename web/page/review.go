package page

// Review is the page /projects/{p}/review: the themes of a draft, one of them to be read, and the decision on it.
// ?draft= is the draft under review, ?theme= the theme; by, page, remark and of as on the page of a theme.
//
// Forms: POST review (change, draft or name and about, of, text), themes/{n}/judge (change, seq, draft, verdict, text, digest-claim,
// digest-codes, digest-evidence, digest-codings), and those of Dossier about remarks.
type Review struct {
	Project   int
	Seq       int
	Blind     bool
	NoLetters bool // keys that write a character do nothing, as the reader chose
	MayJudge  bool
	MayAsk    bool
	Drafts    []Choice // newest first
	Draft     *ReviewDraft
	Readers   []Choice // who can be asked
	NextName  string   // offered for a new draft
	Themes    []ReviewTheme
	Theme     *Dossier

	Digest    ReviewDigest
	Since     []ReviewChange // since the last judgement
	SinceWhat string         // "since SD approved it on 24 March"
	Meanwhile []ReviewChange // while it was read: a judgement was refused
	Typed     string         // what that judgement had said
	Record    []ReviewRecord
}

// ReviewDraft is the draft under review.
type ReviewDraft struct {
	ID        int
	Name      string
	Text      string
	Named     string // "named by RY on 2 April, at entry 812"
	Asked     string // "RY asked SD on 2 April"; empty: nobody was asked
	AskedText string
	Mine      bool // the reader was asked
	Threads   []RemarkThread
	MayRemark bool
	Before    string // name of the draft it is compared with
	Compared  string // address of the whole comparison
	Differs   []ReviewDiffers
	More      string
}

// ReviewDiffers is one thing that became of a node between two drafts.
type ReviewDiffers struct {
	What, Name string
	Codings    Sentence
	Lines      []Sentence
}

// ReviewTheme is a theme in the list.
type ReviewTheme struct {
	NodeLink
	Depth    int
	Standing *Standing
	Open     int // threads
	Href     string
	Current  bool
}

// ReviewDigest stands for what the page shows of a theme.
type ReviewDigest struct{ Claim, Codes, Evidence, Codings string }

// ReviewChange is what is other in one part of a theme.
type ReviewChange struct {
	Part string // "the claim"
	Rows []ReviewChanged
}

// ReviewChanged is one thing that is other. Both: its words stand beside each other.
type ReviewChanged struct {
	Text    Sentence
	Both    bool
	Was, Is string
}

// ReviewRecord is a judgement, or a change of the claim.
type ReviewRecord struct {
	ID      int    // of a judgement; 0
	Verdict string // of a judgement
	Coder   string
	What    string
	When    string
	Text    string
}

// Waiting is what waits for the reader, with where it is done.
type Waiting struct{ What, Why, Act, Href string }

// SinceVisit is what others have done since the reader was last here.
type SinceVisit struct {
	When   string
	People []SincePerson
	More   bool // there is more than was looked through
}

// SincePerson is what one person did.
type SincePerson struct {
	Initials, Name string
	Kinds          []SinceKind
}

// SinceKind is what one person did of one kind: a sum with the newest, or each in words.
type SinceKind struct {
	Sum  string
	Told []string
	Href string
}
