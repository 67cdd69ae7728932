package charset_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/charset"
)

func TestCharset_ConvertsBothWays(t *testing.T) {
	for name, c := range map[string]struct {
		text, bytes string
	}{
		"UTF-8":        {"né €", "né €"},
		"utf-8":        {"né", "né"},
		"ISO-8859-1":   {"né", "n\xe9"},
		"windows-1252": {"€", "\x80"},
		"UTF-16":       {"aé", "\xfe\xff\x00a\x00\xe9"},
		"UTF-16LE":     {"aé", "a\x00\xe9\x00"},
		"UTF-32":       {"a", "\x00\x00\x00a"},
		"US-ASCII":     {"abc", "abc"},
		"Shift_JIS":    {"日", "\x93\xfa"},
	} {
		t.Run(name, func(t *testing.T) {
			cs, err := charset.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(cs.Encode(c.text)); got != c.bytes {
				t.Errorf("Encode(%q) = %q, want %q", c.text, got, c.bytes)
			}
			if got := cs.Decode([]byte(c.bytes)); got != c.text {
				t.Errorf("Decode(%q) = %q, want %q", c.bytes, got, c.text)
			}
			var out bytes.Buffer
			w := cs.Writer(&out)
			if _, err := io.Copy(w, cs.Reader(strings.NewReader(c.bytes))); err != nil || w.Close() != nil {
				t.Fatal("copying failed", err)
			}
			if out.String() != c.bytes {
				t.Errorf("read and written again: %q, want %q", out.String(), c.bytes)
			}
		})
	}
}

func TestCharset_ReplacesWhatItLacks(t *testing.T) {
	for _, name := range []string{"ISO-8859-1", "US-ASCII"} {
		cs, err := charset.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(cs.Encode("a→日b")); got != "a??b" {
			t.Errorf("%s: got %q, want %q", name, got, "a??b")
		}
	}
}

func TestParse_RefusesUnknownNames(t *testing.T) {
	for _, name := range []string{"", "UTF-9", "${charset}"} {
		if _, err := charset.Parse(name); err == nil {
			t.Errorf("Parse(%q) was accepted", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("UTF-16", []byte{0xfe, 0xff, 0xd8})
	f.Add("Shift_JIS", []byte{0x93})
	f.Add("ISO-2022-JP", []byte("\x1b$B"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		cs, err := charset.Parse(name)
		if err != nil {
			return
		}
		cs.Encode(cs.Decode(b))
	})
}
