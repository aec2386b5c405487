package exchange

import (
	"bufio"
	"encoding/binary"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"
)

// The packed form of structs between parent and child: numbers as variable-length integers, strings and slices with their length before
// them, maps of strings as their pairs in order, arrays of bytes as they are, times as seconds and nanoseconds, pointers with a byte that
// says whether there is anything. Fields
// stand in the order of the type, which both sides share. (JSON would be three times as long for many thousand small things, and the
// decoder of encoding/gob has no limits that could be set for an answer of somebody one does not trust.)

var timeType = reflect.TypeFor[time.Time]()

// packer writes.
type packer struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
	err error
}

// put writes what a pointer leads to.
func (p *packer) put(x any) { p.value(reflect.ValueOf(x).Elem()) }

func (p *packer) number(n uint64) {
	if p.err == nil {
		_, p.err = p.w.Write(p.buf[:binary.PutUvarint(p.buf[:], n)])
	}
}

func (p *packer) signed(n int64) {
	if p.err == nil {
		_, p.err = p.w.Write(p.buf[:binary.PutVarint(p.buf[:], n)])
	}
}

func (p *packer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		n := uint64(0)
		if v.Bool() {
			n = 1
		}
		p.number(n)
	case reflect.Int, reflect.Int64, reflect.Int32:
		p.signed(v.Int())
	case reflect.Uint8:
		p.number(v.Uint())
	case reflect.String:
		// What a file says may be no text; what comes out is.
		s := strings.ToValidUTF8(v.String(), "\ufffd")
		p.number(uint64(len(s)))
		if p.err == nil {
			_, p.err = p.w.WriteString(s)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice {
			p.number(uint64(v.Len()))
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if p.err == nil {
				_, p.err = p.w.Write(v.Bytes())
			}
			return
		}
		for i := range v.Len() {
			p.value(v.Index(i))
		}
	case reflect.Map:
		p.texts(v)
	case reflect.Pointer:
		if v.IsNil() {
			p.number(0)
			return
		}
		p.number(1)
		p.value(v.Elem())
	case reflect.Struct:
		if v.Type() == timeType {
			t := v.Addr().Interface().(*time.Time)
			p.signed(t.Unix())
			p.signed(int64(t.Nanosecond()))
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanInterface() { // that is, exported
				p.value(f)
			}
		}
	default:
		p.err = errors.New("exchange: " + v.Type().String() + " can't be packed")
	}
}

func (p *packer) texts(v reflect.Value) {
	m, ok := v.Interface().(map[string]string)
	if !ok {
		p.err = errors.New("exchange: " + v.Type().String() + " can't be packed")
		return
	}
	p.number(uint64(len(m)))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		p.value(reflect.ValueOf(k))
		p.value(reflect.ValueOf(m[k]))
	}
}

// unpacker reads, and stops where the bytes end or say nonsense, and before what they say takes more than so much memory.
type unpacker struct {
	in     []byte
	memory int
	depth  int
	err    error
}

func (u *unpacker) get(into any) { u.value(reflect.ValueOf(into).Elem()) }

func (u *unpacker) fail(what string) {
	if u.err == nil {
		u.err = errors.New("exchange: packed wrongly: " + what)
	}
	u.in = nil
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.in)
	if size <= 0 {
		u.fail("a number")
		return 0
	}
	u.in = u.in[size:]
	return n
}

func (u *unpacker) signed() int64 {
	n, size := binary.Varint(u.in)
	if size <= 0 {
		u.fail("a number")
		return 0
	}
	u.in = u.in[size:]
	return n
}

// take gives the next n bytes, which are not copied.
func (u *unpacker) take(n uint64) []byte {
	if n > uint64(len(u.in)) {
		u.fail("a length")
		return nil
	}
	b := u.in[:n]
	u.in = u.in[n:]
	return b
}

// spend counts memory that is about to be used.
func (u *unpacker) spend(n uint64, size uintptr) bool {
	if n > uint64(len(u.in)) || n*uint64(size) > uint64(max(0, u.memory)) {
		u.fail("more than there can be")
		return false
	}
	u.memory -= int(n) * int(size)
	return true
}

func (u *unpacker) value(v reflect.Value) {
	if u.err != nil {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		n := u.number()
		if n > 1 {
			u.fail("a truth")
		}
		v.SetBool(n == 1)
	case reflect.Int, reflect.Int64, reflect.Int32:
		n := u.signed()
		if v.OverflowInt(n) {
			u.fail("a number")
			return
		}
		v.SetInt(n)
	case reflect.Uint8:
		n := u.number()
		if n > 255 {
			u.fail("a byte")
			return
		}
		v.SetUint(n)
	case reflect.String:
		n := u.number()
		if !u.spend(n, 1) {
			return
		}
		b := u.take(n)
		if !utf8.Valid(b) {
			u.fail("a text")
			return
		}
		v.SetString(string(b))
	case reflect.Slice:
		u.slice(v)
	case reflect.Map:
		u.texts(v)
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			copy(v.Bytes(), u.take(uint64(v.Len())))
			return
		}
		for i := range v.Len() {
			u.value(v.Index(i))
		}
	case reflect.Pointer:
		switch u.number() {
		case 0:
		case 1:
			if u.spend(1, v.Type().Elem().Size()) {
				v.Set(reflect.New(v.Type().Elem()))
				u.value(v.Elem())
			}
		default:
			u.fail("a pointer")
		}
	case reflect.Struct:
		if v.Type() == timeType {
			sec, nano := u.signed(), u.signed()
			if nano < 0 || nano >= 1e9 {
				u.fail("a time")
				return
			}
			*v.Addr().Interface().(*time.Time) = time.Unix(sec, nano).UTC()
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() { // that is, exported
				u.value(f)
			}
		}
	default:
		u.fail(v.Type().String())
	}
}

func (u *unpacker) texts(v reflect.Value) {
	m, ok := v.Addr().Interface().(*map[string]string)
	if !ok {
		u.fail(v.Type().String())
		return
	}
	n := u.number()
	if n == 0 || !u.spend(n, 2*unsafe.Sizeof("")) {
		return
	}
	*m = make(map[string]string, n)
	for last := ""; n > 0; n-- {
		var k, s string
		u.get(&k)
		if u.get(&s); u.err != nil {
			return
		}
		if k <= last && len(*m) > 0 {
			u.fail("the order of a map")
			return
		}
		(*m)[k], last = s, k
	}
}

func (u *unpacker) slice(v reflect.Value) {
	n := u.number()
	if n == 0 {
		return
	}
	// Each of them takes a byte at least, so there can't be more than there are bytes.
	if !u.spend(n, v.Type().Elem().Size()) {
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(append([]byte(nil), u.take(n)...))
		return
	}
	if u.depth++; u.depth > maxRefiDepth {
		u.fail("too deep")
		return
	}
	all := reflect.MakeSlice(v.Type(), int(n), int(n))
	for i := range int(n) {
		if u.value(all.Index(i)); u.err != nil {
			return
		}
	}
	u.depth--
	v.Set(all)
}
