package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // people choose a zone by name; the machine may have no list of its own

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed en.json id.json
var files embed.FS

// Languages are the languages of the interface as BCP 47 tags, the default one first.
var Languages = []string{"en", "id"}

var (
	tags    = []language.Tag{language.English, language.Indonesian}
	matcher = language.NewMatcher(tags)
	bundle  = sync.OnceValue(load) // read when something is first said: a child that reads a file says nothing
)

func load() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range Languages {
		if _, err := b.LoadMessageFileFS(files, l+".json"); err != nil {
			panic("catalogue " + l + ".json cannot be read: " + err.Error())
		}
	}
	return b
}

// Match chooses a language of the interface: the one the person chose, where
// that is one of Languages, else the best match for the Accept-Language header,
// else English.
func Match(accept, chosen string) string {
	for _, l := range Languages {
		if l == chosen {
			return l
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return Languages[0]
	}
	_, i, sure := matcher.Match(wanted...)
	if sure == language.No {
		return Languages[0]
	}
	return Languages[i]
}

// Printer says things in one language and one time zone. It is made per
// request, is cheap, and may be used by several goroutines at once.
type Printer struct {
	lang   string
	zone   *time.Location
	say    *i18n.Localizer
	number *message.Printer
}

// New makes a Printer. A language that is not one of Languages counts as
// English; a zone that is empty or unknown counts as UTC.
func New(lang, zone string) *Printer {
	p := &Printer{lang: Languages[0], zone: Zone(zone)}
	for i, l := range Languages {
		if l == lang {
			p.lang = l
			p.number = message.NewPrinter(tags[i])
		}
	}
	if p.number == nil {
		p.number = message.NewPrinter(tags[0])
	}
	p.say = i18n.NewLocalizer(bundle(), p.lang)
	return p
}

// Lang is the language printed in, as a BCP 47 tag for the page's lang attribute.
func (p *Printer) Lang() string { return p.lang }

// Location is the time zone printed in.
func (p *Printer) Location() *time.Location { return p.zone }

// T is the message under key. args are pairs of a placeholder's name and its
// value: T(key, "name", "Sari"). Whole numbers are printed with
// the language's separators, a Decimal with its sign, everything else as it is.
func (p *Printer) T(key string, args ...any) string {
	return p.fill(key, p.find(key, nil), args)
}

// N is the message under key in the form that n asks for, with {n} printed in
// the language's way. More placeholders follow as in T.
func (p *Printer) N(key string, n int, args ...any) string {
	return p.fill(key, p.find(key, n), append([]any{"n", n}, args...))
}

func (p *Printer) find(key string, n any) string {
	s, err := p.say.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: n, TemplateParser: template.IdentityParser{}})
	if err != nil {
		if testing.Testing() {
			panic(fmt.Sprintf("no message %q in the catalogue for %q", key, p.lang))
		}
		return key
	}
	return s
}

func (p *Printer) fill(key, s string, args []any) string {
	if len(args) == 0 {
		return s
	}
	if len(args)%2 != 0 {
		if testing.Testing() {
			panic(fmt.Sprintf("message %q: placeholders come in pairs of name and value", key))
		}
		args = args[:len(args)-1]
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", p.show(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func (p *Printer) show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return p.Num(v)
	case int32:
		return p.Num(int(v))
	case int64:
		return p.Num(int(v))
	case Decimal:
		return p.Decimal(v)
	default:
		return fmt.Sprint(v)
	}
}
