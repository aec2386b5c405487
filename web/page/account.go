package page

import (
	"strings"

	"anyam/internal/i18n"
)

// Account is what the page /account shows: the reader's own account.
type Account struct {
	Name, Initials, Email string
	Language              string // "", "en" or "id"
	Zone                  string // IANA name
	Sessions              []Session
}

// Session is one browser the person is signed in with.
type Session struct {
	ID      string
	Agent   string // "Firefox on Linux"
	Address string
	Seen    string // "today 10:14"
	Made    string
	Current bool // the one this page was asked with
}

func (v Account) others() bool {
	return len(v.Sessions) > 1
}

type zoneGroup struct {
	name  string
	zones []Choice
}

// zoneGroups are the zones by the part of the world they lie in, Indonesia's first.
func zoneGroups(c Chrome) []zoneGroup {
	indonesia := map[string]string{"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
	out := []zoneGroup{{name: "Indonesia"}, {name: "UTC"}}
	index := map[string]int{}
	for _, z := range i18n.Zones {
		if short := indonesia[z]; short != "" {
			_, city, _ := strings.Cut(z, "/")
			out[0].zones = append(out[0].zones, Choice{Value: z, Label: city + " (" + short + ")"})
			continue
		}
		region, city, found := strings.Cut(z, "/")
		if !found {
			out[1].zones = append(out[1].zones, Choice{Value: z, Label: z})
			continue
		}
		i, ok := index[region]
		if !ok {
			i = len(out)
			index[region] = i
			out = append(out, zoneGroup{name: region})
		}
		out[i].zones = append(out[i].zones, Choice{Value: z, Label: strings.NewReplacer("_", " ", "/", ", ").Replace(city)})
	}
	return out
}

// Accounts is what the page /accounts shows to administrators.
type Accounts struct {
	Rows []AccountRow
	Link *OnceLink // made just now, shown this once
}

// AccountRow is one account.
type AccountRow struct {
	ID       int
	Name     string
	Initials string
	Email    string
	Projects int
	Seen     string // "yesterday 10:14", empty for never
	Admin    bool
	Closed   bool
	Me       bool
}

// OnceLink is a link that works once and is shown once.
type OnceLink struct {
	For   string // whose it is, or what it is for; may be empty
	URL   string
	Until string // "19 March 2026, 10:14 WITA"
}
