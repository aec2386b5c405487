package qda

// places are the digits of an order key, in byte order.
const places = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Between gives an order key that sorts by bytes after a and before b; "" for a is the beginning and
// for b the end; a b that is not after a counts as the end. So a move touches the moved node alone. Keys never end in the lowest digit, hence there is always room.
func Between(a, b string) string {
	if b <= a {
		b = ""
	}
	digit := func(s string, i int) int {
		if i >= len(s) {
			return 0
		}
		for d := range len(places) {
			if places[d] == s[i] {
				return d
			}
		}
		return 0
	}
	var key []byte
	below := b != "" // key so far equals b's beginning, so b still limits the next digit
	for i := 0; ; i++ {
		lo, hi := digit(a, i), len(places)
		if below {
			hi = digit(b, i)
		}
		if mid := (lo + hi) / 2; mid > lo {
			return string(append(key, places[mid]))
		}
		key = append(key, places[lo])
		below = below && lo == hi
	}
}
