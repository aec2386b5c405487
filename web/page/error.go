package page

// Error is what is shown instead of a page: a sentence and what to do about it.
type Error struct {
	Status   int    // HTTP
	Sentence string // what is the matter, in the reader's language
	Help     string // what to do; empty for the usual advice
	ID       string // names the line in the log; empty where there is none
	Back     string // path of where to go from here; empty for the list of projects
}

func (v Error) title(c Chrome) string {
	switch v.Status {
	case 404:
		return c.T("error.gone")
	case 403:
		return c.T("error.refused")
	case 409:
		return c.T("error.conflict")
	case 400, 413, 415, 422:
		return c.T("error.invalid")
	case 429, 503:
		return c.T("error.busy")
	default:
		return c.T("error.broken")
	}
}

func (v Error) help(c Chrome) string {
	if v.Help != "" {
		return v.Help
	}
	switch v.Status {
	case 404:
		return c.T("error.gone.help")
	case 403:
		return c.T("error.refused.help")
	case 409:
		return c.T("error.conflict.help")
	case 400, 413, 415, 422:
		return c.T("error.invalid.help")
	case 429, 503:
		return c.T("error.busy.help")
	default:
		return c.T("error.broken.help")
	}
}

func (v Error) back() string {
	if v.Back != "" {
		return v.Back
	}
	return "/projects"
}
