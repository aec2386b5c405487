package refi

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	integerForm = regexp.MustCompile(`^[+-]?[0-9]+$`)
	decimalForm = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)
	dateForm    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?$`)
	colourForm  = regexp.MustCompile(`^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)
	guidForm    = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\})$`)
)

// validValue reports whether letters are of a type, as XML Schema has them.
// Fits reports whether the schema lets a text be a value of this type.
func (t ValueType) Fits(s string) bool { return validValue(t, s) }

func validValue(t ValueType, s string) bool {
	switch t {
	case BooleanValue:
		return s == "true" || s == "false" || s == "1" || s == "0"
	case IntegerValue:
		return integerForm.MatchString(s)
	case FloatValue:
		return decimalForm.MatchString(s)
	case DateValue:
		if !dateForm.MatchString(s) {
			return false
		}
		_, err := time.Parse("2006-01-02", s[:10])
		return err == nil
	case DateTimeValue:
		return validDateTime(s)
	}
	return true
}

var dateTimeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$`)

func validDateTime(s string) bool {
	if !dateTimeForm.MatchString(s) {
		return false
	}
	_, err := time.Parse("2006-01-02T15:04:05", s[:19])
	return err == nil
}

// colourNames are the sixteen of HTML and the few others that programs write.
var colourNames = map[string]string{"black": "#000000", "silver": "#C0C0C0", "gray": "#808080", "grey": "#808080", "white": "#FFFFFF", "maroon": "#800000",
	"red": "#FF0000", "purple": "#800080", "fuchsia": "#FF00FF", "magenta": "#FF00FF", "green": "#008000", "lime": "#00FF00", "olive": "#808000",
	"yellow": "#FFFF00", "navy": "#000080", "blue": "#0000FF", "teal": "#008080", "aqua": "#00FFFF", "cyan": "#00FFFF", "orange": "#FFA500",
	"brown": "#A52A2A", "pink": "#FFC0CB", "violet": "#EE82EE", "indigo": "#4B0082", "gold": "#FFD700"}

// parseColour reads a colour: #RGB and #RRGGBB of the standard (plain), and #AARRGGBB, rgb(), rgba(), names and the signed
// integers of Windows programs.
func parseColour(s string) (colour string, plain, ok bool) {
	s = strings.TrimSpace(s)
	if colourForm.MatchString(s) {
		s = strings.ToUpper(s)
		if len(s) == 4 {
			s = string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
		}
		return s, true, true
	}
	low := strings.ToLower(s)
	if c := colourNames[low]; c != "" {
		return c, false, true
	}
	hex := func(n uint64) string {
		b := []byte{'#', 0, 0, 0, 0, 0, 0}
		for i := 6; i > 0; i-- {
			b[i] = hexUpper[n&15]
			n >>= 4
		}
		return string(b)
	}
	if len(s) == 9 && s[0] == '#' {
		if n, err := strconv.ParseUint(s[1:], 16, 32); err == nil {
			return hex(n & 0xFFFFFF), false, true
		}
	}
	if inside, found := strings.CutPrefix(strings.TrimPrefix(low, "rgba"), "rgb"); found || strings.HasPrefix(low, "rgba") {
		parts := strings.FieldsFunc(strings.Trim(inside, "() "), func(c rune) bool { return c == ',' || c == ' ' || c == '/' })
		if len(parts) >= 3 {
			n := uint64(0)
			for _, p := range parts[:3] {
				v, err := strconv.ParseUint(p, 10, 8)
				if err != nil {
					return "", false, false
				}
				n = n<<8 | v
			}
			return hex(n), false, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= -1<<31 && n < 1<<32 {
		return hex(uint64(n) & 0xFFFFFF), false, true
	}
	return "", false, false
}
