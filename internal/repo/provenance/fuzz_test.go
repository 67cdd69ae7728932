package provenance

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The checksums keep rubbish away from these parsers; a bug or an attacker may still bring it.

func FuzzParseDirectory(f *testing.F) {
	d := directory{attrs: []string{"filename"}, pages: []uint64{1, 2}, blocks: []blockInfo{{offset: 32, count: 3, whole: true}}}
	d.lists[1] = []listEntry{{text: "x", offset: 9, length: 8, count: 7, sum: 6}}
	f.Add(d.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseDirectory(b)
		if err != nil {
			return
		}
		again, err := parseDirectory(d.append(nil))
		if err != nil || !bytes.Equal(again.append(nil), d.append(nil)) {
			t.Errorf("written again it differs: %v", err)
		}
	})
}

func FuzzReadBlock(f *testing.F) {
	h := blockInfo{first: 7, count: 2, events: 3, plain: 8}
	f.Add(pack(nil, &h, []byte("abc\x01\x02\x02xy")))
	f.Fuzz(func(t *testing.T, file []byte) {
		file = append(make([]byte, segmentHeader), file...)
		found, err := scanBlocks(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		at := int64(segmentHeader)
		for _, h := range found.blocks {
			for len(found.damaged) > 0 && found.damaged[0].start == at {
				at, found.damaged = found.damaged[0].end, found.damaged[1:]
			}
			if h.offset != at {
				t.Errorf("a block at %d, want %d", h.offset, at)
			}
			at = h.end()
			_, _, _ = readBlock(bytes.NewReader(file), &h, nil) // must only not panic
		}
	})
}

func FuzzParseNames(f *testing.F) {
	f.Add(appendNames(nil, []uint32{1, 300}, some{1: "a", 300: "b"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseNames(b)
		if err == nil && len(n) > len(b) {
			t.Errorf("%d names out of %d bytes", len(n), len(b))
		}
	})
}

func FuzzMatches(f *testing.F) {
	f.Add("Hello", "h*L?")
	f.Add("", "*")
	f.Add("aaab", "*a?")
	f.Fuzz(func(t *testing.T, value, pattern string) {
		if !isASCII(value) || !isASCII(pattern) {
			matches(value, pattern, true) // must only not panic
			return
		}
		p := regexp.QuoteMeta(strings.ToLower(pattern))
		p = strings.ReplaceAll(strings.ReplaceAll(p, `\*`, ".*"), `\?`, ".")
		want := regexp.MustCompile("(?s)^" + p + "$").MatchString(strings.ToLower(value))
		if got := matches(value, pattern, true); got != want {
			t.Errorf("matches(%q, %q) = %v, want %v", value, pattern, got, want)
		}
		if matches(value, strings.ToUpper(value), false) && hashText(1, value) != hashText(1, strings.ToUpper(value)) {
			t.Errorf("%q and its upper case differ in the index", value)
		}
	})
}

func isASCII(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return c > 127 })
}
