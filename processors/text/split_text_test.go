package text_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/text"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestSplitText(t *testing.T) {
	const lines, size, header, marker, trim = "Line Split Count", "Maximum Fragment Size", "Header Line Count",
		"Header Line Marker Characters", "Remove Trailing Newlines"
	for name, c := range map[string]struct {
		props map[string]string
		in    string
		want  []string // each "count of lines:content"
	}{
		"by lines":                {map[string]string{lines: "2"}, "a\nb\nc\n", []string{"2:a\nb", "1:c"}},
		"line ends kept":          {map[string]string{lines: "2", trim: "false"}, "a\nb\nc\n", []string{"2:a\nb\n", "1:c\n"}},
		"all line ends":           {map[string]string{lines: "1"}, "a\r\nb\rc\n", []string{"1:a", "1:b", "1:c"}},
		"no line end at the end":  {map[string]string{lines: "2"}, "a\nb\nc", []string{"2:a\nb", "1:c"}},
		"empty lines":             {map[string]string{lines: "2"}, "a\n\n\n\nb\n", []string{"1:a", "1:b"}},
		"empty lines kept":        {map[string]string{lines: "2", trim: "false"}, "a\n\n\n\n", []string{"1:a\n\n", "0:\n\n"}},
		"an empty line inside":    {map[string]string{lines: "3"}, "a\n\nb\n", []string{"2:a\n\nb"}},
		"mixed ends":              {map[string]string{lines: "2"}, "a\n\r\n", []string{"1:a"}},
		"nothing":                 {map[string]string{lines: "2"}, "", nil},
		"by size":                 {map[string]string{lines: "0", size: "5 B"}, "aa\nbb\ncc\n", []string{"1:aa", "1:bb", "1:cc"}},
		"by size, two fit":        {map[string]string{lines: "0", size: "6 B"}, "aa\nbb\ncc\n", []string{"2:aa\nbb", "1:cc"}},
		"too long a line":         {map[string]string{lines: "0", size: "3 B"}, "aaaaaa\nb\nc\n", []string{"1:aaaaaa", "1:b", "1:c"}},
		"by lines and size":       {map[string]string{lines: "2", size: "4 B"}, "a\nb\nc\ndddd\ne", []string{"2:a\nb", "1:c", "1:dddd", "1:e"}},
		"one line and a size":     {map[string]string{lines: "1", size: "2 B"}, "aa\nb\nc", []string{"1:aa", "1:b", "1:c"}},
		"header":                  {map[string]string{lines: "1", header: "1"}, "h\na\nb\n", []string{"1:h\na", "1:h\nb"}},
		"header only":             {map[string]string{lines: "1", header: "1"}, "h\n", []string{"0:h"}},
		"header and empty lines":  {map[string]string{lines: "1", header: "1"}, "h\n\na\n", []string{"0:h", "1:h\na"}},
		"header by marker":        {map[string]string{lines: "1", marker: "##"}, "## 1\n## 2\na\nb", []string{"1:## 1\n## 2\na", "1:## 1\n## 2\nb"}},
		"no header by marker":     {map[string]string{lines: "1", marker: "##"}, "# 1\na", []string{"1:# 1", "1:a"}},
		"the size has the header": {map[string]string{lines: "0", header: "1", size: "6 B"}, "hh\naa\nbb\n", []string{"1:hh\naa", "1:hh\nbb"}},
	} {
		t.Run(name, func(t *testing.T) {
			res := sdktest.Run(t, text.SplitText, c.props, sdktest.FF(c.in, "filename", "f"))
			var got []string
			for i, s := range res["splits"] {
				got = append(got, s.Attrs["text.line.count"]+":"+s.Content)
				want := map[string]string{
					"fragment.index": strconv.Itoa(i + 1), "fragment.count": strconv.Itoa(len(c.want)),
					"fragment.size": strconv.Itoa(len(s.Content)), "segment.original.filename": "f",
					"fragment.identifier": res["original"][0].Attrs["fragment.identifier"],
				}
				for k, v := range want {
					if s.Attrs[k] != v {
						t.Errorf("split %d: %s = %q, want %q", i, k, s.Attrs[k], v)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			o := res["original"]
			if len(o) != 1 || o[0].Content != c.in || o[0].Attrs["fragment.count"] != strconv.Itoa(len(c.want)) {
				t.Errorf("original: %+v", o)
			}
		})
	}
}

func TestSplitText_Fails(t *testing.T) {
	for name, c := range map[string]struct {
		props map[string]string
		in    string
	}{
		"too short a header": {map[string]string{"Line Split Count": "1", "Header Line Count": "2"}, "h"},
		"too large a header": {map[string]string{"Line Split Count": "1", "Header Line Count": "1", "Maximum Fragment Size": "3 B"}, "header\na"},
	} {
		t.Run(name, func(t *testing.T) {
			res := sdktest.Run(t, text.SplitText, c.props, sdktest.FF(c.in))
			if len(res["failure"]) != 1 || len(res["splits"]) != 0 || res["failure"][0].Content != c.in {
				t.Errorf("got %v", res)
			}
		})
	}
}

func TestSplitText_LongLines(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		b.WriteString(strings.Repeat("x", i*9973%150_000) + "\r\n")
	}
	out := sdktest.Run(t, text.SplitText, map[string]string{"Line Split Count": "1", "Remove Trailing Newlines": "false"}, sdktest.FF(b.String()))
	var all strings.Builder
	for _, s := range out["splits"] {
		all.WriteString(s.Content)
	}
	if len(out["splits"]) != 60 || all.String() != b.String() {
		t.Errorf("%d splits with %d bytes, want 60 with %d", len(out["splits"]), all.Len(), b.Len())
	}
}

func TestSplitText_ReportsProblems(t *testing.T) {
	wantProblem(t, sdktest.New(t, text.SplitText), map[string]string{"Line Split Count": "0"})
	wantProblem(t, sdktest.New(t, text.SplitText), maps.Clone(map[string]string{"Header Line Count": "1"}))
}
