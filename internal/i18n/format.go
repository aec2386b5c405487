package i18n

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/number"
)

// Num prints a whole number with the language's separators: 96,210 or 96.210.
func (p *Printer) Num(n int) string { return p.number.Sprint(number.Decimal(n)) }

// A Decimal is a number as it is kept: "41.5".
type Decimal string

// Decimal prints a number with the language's decimal sign, 41.5 or 41,5, and without separators: it may be a year. What is no number is
// printed as it is.
func (p *Printer) Decimal(d Decimal) string {
	if _, err := strconv.ParseFloat(string(d), 64); err == nil && p.lang == "id" {
		return strings.Replace(string(d), ".", ",", 1)
	}
	return string(d)
}

// Percent prints a share of one as a whole percentage: 0.62 is "62%". What is
// not nothing is never printed as 0%, and what is not all never as 100%.
func (p *Printer) Percent(share float64) string {
	n := int(share*100 + 0.5)
	if n == 0 && share > 0 {
		n = 1
	}
	if n == 100 && share < 1 {
		n = 99
	}
	return strconv.Itoa(n) + "%"
}

var months = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
}

func (p *Printer) day(t time.Time) string {
	return strconv.Itoa(t.Day()) + " " + months[p.lang][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Date prints the day of t in the person's zone: "12 March 2026", "12 Maret 2026".
func (p *Printer) Date(t time.Time) string { return p.day(t.In(p.zone)) }

// DateOf prints a calendar day given as "2026-03-12", which lies in no zone.
// What is not such a day is printed as it is.
func (p *Printer) DateOf(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return p.day(t)
}

// Clock prints the time of day in the person's zone, without its name: "10:14", "10.14".
func (p *Printer) Clock(t time.Time) string {
	if p.lang == "id" {
		return t.In(p.zone).Format("15.04")
	}
	return t.In(p.zone).Format("15:04")
}

// Time prints the time of day with the zone's name: "10:14 UTC", "10.14 WITA".
// Zones without a name in common use are printed as their distance from UTC.
func (p *Printer) Time(t time.Time) string {
	return p.Clock(t) + " " + p.ZoneName(t)
}

// ZoneName is the short name of the person's zone at t: WIB, WITA, WIT, CET, or UTC+08 where there is none.
func (p *Printer) ZoneName(t time.Time) string {
	name := t.In(p.zone).Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

// When prints t as seen from now: "today 10:14", "yesterday 10:14", else the
// date; the time of day is in the person's zone.
func (p *Printer) When(t, now time.Time) string {
	t, now = t.In(p.zone), now.In(p.zone)
	switch {
	case sameDay(t, now):
		return p.T("time.today", "time", p.Clock(t))
	case sameDay(t, now.AddDate(0, 0, -1)):
		return p.T("time.yesterday", "time", p.Clock(t))
	default:
		return p.day(t)
	}
}

// Exact prints date, time and zone, for a title beside a shorter form.
func (p *Printer) Exact(t time.Time) string { return p.Date(t) + ", " + p.Time(t) }

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// Zone is the time zone of that name, or UTC where there is none.
func Zone(name string) *time.Location {
	if name == "" || name == "Local" {
		return time.UTC
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return z
}

// IsZone tells whether name is a time zone a person may choose.
func IsZone(name string) bool {
	return slices.Contains(Zones, name)
}
