package recordpath

import (
	"errors"
	"strings"
	"unicode/utf16"

	"github.com/braidflow/braid/sdk/record"
)

// maxPadding bounds what padLeft and padRight make of a length in the data.
const maxPadding = 16 << 20

var errPadding = errors.New("the length to pad to is more than 16 million characters")

// change is a function of the text alone; null counts as "".
func change(f func(string) string) func([]segment) (segment, error) {
	return func(args []segment) (segment, error) {
		return each{args[0], true, func(c *evaluation, s *Selected) *Selected {
			return c.derive(s, record.StringValue(f(textOf(s.Value))))
		}}, nil
	}
}

func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

func upper(s string) string {
	return strings.ToUpper(ligatures.Replace(s))
}

// ligatures are the letters whose capitals are several letters, which strings.ToUpper leaves alone.
var ligatures = strings.NewReplacer("ß", "SS", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST", "ŉ", "ʼN")

func lower(s string) string { return strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307")) }

func replace(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		old, ok := c.text(args[1])
		if !ok {
			return f
		}
		with, ok := c.text(args[2])
		if !ok {
			return f
		}
		return c.derive(f, record.StringValue(strings.ReplaceAll(textOf(f.Value), old, with)))
	}}, nil
}

func replaceRegex(args []segment) (segment, error) {
	regex, err := newRegex(args[1])
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		with, ok := c.text(args[2])
		if !ok {
			return f
		}
		re, ok := regex.get(c)
		if !ok {
			return f
		}
		replaced, err := re.ReplaceAll(textOf(f.Value), with)
		if err != nil {
			return c.fail(err)
		}
		return c.derive(f, record.StringValue(replaced))
	}}, err
}

// substring counts as Java does, in UTF-16 units; a negative index counts from behind the end.
func substring(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		from, ok1 := c.int(args[1])
		to, ok2 := c.int(args[2])
		if !ok1 || !ok2 {
			return c.derive(f, record.StringValue(""))
		}
		units := utf16.Encode([]rune(textOf(f.Value)))
		if to < 0 {
			to += len(units) + 1
		}
		if from < 0 {
			from += len(units) + 1
		}
		if to <= from || from < 0 || from > len(units) {
			return c.derive(f, record.StringValue(""))
		}
		return c.derive(f, record.StringValue(string(utf16.Decode(units[from:min(to, len(units))]))))
	}}, nil
}

// int is the first that seg selects as an INT; false if it is none.
func (c *evaluation) int(seg segment) (int, bool) {
	f := c.first(seg)
	if f == nil || !record.Compatible(f.Value, record.Int, false, nil) {
		return 0, false
	}
	v, err := record.Convert(f.Value, record.Int, nil)
	return int(v.Int()), err == nil
}

func before(s string, at, _ int) string { return s[:at] }
func after(s string, at, n int) string  { return s[at+n:] }

// cut takes the part of the text before or after the first or last place of another.
func cut(part func(s string, at, n int) string, last bool) func([]segment) (segment, error) {
	find := strings.Index
	if last {
		find = strings.LastIndex
	}
	return func(args []segment) (segment, error) {
		return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
			search, _ := c.text(args[1])
			if search == "" {
				return f
			}
			text := textOf(f.Value)
			at := find(text, search)
			if at < 0 {
				return f
			}
			return c.derive(f, record.StringValue(part(text, at, len(search))))
		}}, nil
	}
}

// pad fills the text up to a length with another, "_" if there is none.
func pad(left bool) func([]segment) (segment, error) {
	return func(args []segment) (segment, error) {
		return each{args[0], true, func(c *evaluation, f *Selected) *Selected {
			fill := ""
			if len(args) == 3 {
				fill, _ = c.text(args[2])
			}
			if fill == "" {
				fill = "_"
			}
			length, ok := c.int(args[1])
			switch {
			case !ok:
				return c.derive(f, record.StringValue(""))
			case length > maxPadding:
				return c.fail(errPadding)
			case f.Value.IsNull():
				return c.derive(f, record.Null)
			}
			return c.derive(f, record.StringValue(padded(textOf(f.Value), length, fill, left)))
		}}, nil
	}
}

func padded(text string, length int, fill string, left bool) string {
	missing := length - len(utf16.Encode([]rune(text)))
	if missing <= 0 {
		return text
	}
	units := utf16.Encode([]rune(fill))
	padding := make([]uint16, missing)
	for i := range padding {
		padding[i] = units[i%len(units)]
	}
	if left {
		return string(utf16.Decode(padding)) + text
	}
	return text + string(utf16.Decode(padding))
}
