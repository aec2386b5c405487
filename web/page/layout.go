package page

import "github.com/a-h/templ"

type spoken struct{ value, name, short string }

// languages are those of the interface, each under its own name.
func languages(c Chrome) []spoken {
	return []spoken{{"en", c.T("language.en"), "English"}, {"id", c.T("language.id"), "Indonesia"}}
}

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// icons are drawn on 24 units with a stroke of the text's colour.
var icons = map[string]string{
	"menu":     "M4 7h16M4 12h16M4 17h16",
	"more":     "M5 12h.01M12 12h.01M19 12h.01",
	"copy":     "M9 9h10v11H9zM5 15V4h10",
	"check":    "M5 12.5l4.500 4.500L19 7.500",
	"close":    "M6 6l12 12M18 6L6 18",
	"right":    "M9 5l7 7-7 7",
	"down":     "M5 9l7 7 7-7",
	"plus":     "M12 5v14M5 12h14",
	"warn":     "M12 8v5M12 16.500v.010M12 3L2 20h20z",
	"info":     "M12 11v6M12 7.500v.010M12 3a9 9 0 1 0 .010 0z",
	"lock":     "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
	"eye":      "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9a3 3 0 1 0 .010 0z",
	"upload":   "M12 16V4m0 0l5 5m-5-5L7 9M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
	"download": "M12 4v12m0 0l5-5m-5 5l-5-5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
	"undo":     "M9 7L4 12l5 5M4 12h11a5 5 0 0 1 0 10h-2",
	"search":   "M11 4a7 7 0 1 0 .010 0zM16 16l5 5",
	"edit":     "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
	"trash":    "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
}

// describedBy ties a field to the sentence below it.
func describedBy(name, why string) templ.Attributes {
	if why == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": name + "-why"}
}
