package core_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestGenerateFlowFile(t *testing.T) {
	for name, c := range map[string]struct {
		props   map[string]string
		count   int
		content string // "" if random
		size    int64
		attrs   map[string]string
	}{
		"empty by default": {nil, 1, "", 0, nil},
		"a batch":          {map[string]string{"Batch Size": "3"}, 3, "", 0, nil},
		"a size":           {map[string]string{"File Size": "3 MB"}, 1, "", 3 << 20, nil},
		"custom text": {
			map[string]string{"Custom Text": "né ${literal('x'):toUpper()}", "File Size": "1 KB"}, 1, "né X", 5, nil,
		},
		"a character set": {
			map[string]string{"Custom Text": "né", "Character Set": "ISO-8859-1"}, 1, "n\xe9", 2, nil,
		},
		"attributes": {
			map[string]string{"Mime Type": "text/plain", "color": "${literal('red')}"},
			1, "", 0,
			map[string]string{"mime.type": "text/plain", "color": "red"},
		},
		"old names of properties": {map[string]string{"generate-ff-custom-text": "old"}, 1, "old", 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out := sdktest.Run(t, core.GenerateFlowFile, c.props)["success"]
			if len(out) != c.count {
				t.Fatalf("got %d FlowFiles, want %d", len(out), c.count)
			}
			if out[0].Size != c.size || (c.content != "" && out[0].Content != c.content) {
				t.Errorf("got %d bytes %.20q, want %d bytes %q", out[0].Size, out[0].Content, c.size, c.content)
			}
			for name, want := range c.attrs {
				if got := out[0].Attrs[name]; got != want {
					t.Errorf("attribute %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestGenerateFlowFile_ContentsAreTheSameUnlessUnique(t *testing.T) {
	for unique, same := range map[string]bool{"false": true, "true": false} {
		for _, format := range []string{"Text", "Binary"} {
			out := sdktest.Run(t, core.GenerateFlowFile, map[string]string{
				"Batch Size": "2", "File Size": "100 B", "Unique FlowFiles": unique, "Data Format": format,
			})["success"]
			if got := out[0].Content == out[1].Content; got != same {
				t.Errorf("%s, unique %s: same = %v, want %v", format, unique, got, same)
			}
			printable := !strings.ContainsFunc(out[0].Content, func(r rune) bool { return r > '~' })
			if printable != (format == "Text") {
				t.Errorf("%s: printable = %v: %q", format, printable, out[0].Content)
			}
		}
	}
}

func TestGenerateFlowFile_EvaluatesOncePerBatch(t *testing.T) {
	r := sdktest.New(t, core.GenerateFlowFile)
	r.Set("Batch Size", "2")
	r.Set("Custom Text", "${nextInt()}")
	for range 2 {
		if err := r.Trigger(); err != nil {
			t.Fatal(err)
		}
	}
	out := r.Out()["success"]
	if out[0].Content != out[1].Content || out[1].Content == out[2].Content {
		t.Errorf("got %q, %q | %q, %q; want one value for each batch", out[0].Content, out[1].Content, out[2].Content, out[3].Content)
	}
}

func TestGenerateFlowFile_ReportsProblems(t *testing.T) {
	for name, props := range map[string]map[string]string{
		"custom and unique": {"Custom Text": "x", "Unique FlowFiles": "true"},
		"custom binary":     {"Custom Text": "x", "Data Format": "Binary"},
		"no batch":          {"Batch Size": "0"},
		"no size":           {"File Size": "large"},
		"no character set":  {"Character Set": "UTF-9"},
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, sdktest.New(t, core.GenerateFlowFile), props) })
	}
}

func wantProblem(t *testing.T, r *sdktest.Runner, props map[string]string) {
	t.Helper()
	for name, value := range props {
		r.Set(name, value)
	}
	if problems := r.Problems(); len(problems) != 1 {
		t.Errorf("problems = %v, want one", problems)
	}
}
