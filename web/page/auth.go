package page

// MinPassword is the least number of characters of a password, as the forms
// say it; the server has the last word.
const MinPassword = 12

// Setup is what the page /setup shows: the first account, an administrator.
// The token comes in the address's fragment and is copied by a script; the
// field can be filled by hand.
type Setup struct {
	Token, Name, Email string
	Language           string // "", "en" or "id"
}

// SignIn is what the page /sign-in shows.
type SignIn struct {
	Email string
	Next  string // path to go to afterwards
}

// Invite is what the page /invite shows. Which project it is about is known
// only when the form comes back, since the token never reaches the server
// before. Somebody signed in has nothing to fill in.
type Invite struct {
	Token, Name, Email string
	Language           string
}

// PasswordLink is what the page /password shows.
type PasswordLink struct {
	Token string
}

func (c Chrome) languageChoices() []Choice {
	return []Choice{
		{Value: "", Label: c.T("language.browser")},
		{Value: "en", Label: c.T("language.en")},
		{Value: "id", Label: c.T("language.id")},
	}
}
