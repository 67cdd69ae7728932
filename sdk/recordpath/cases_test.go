package recordpath_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/recordpath"
)

type testCase struct{ id, group, path, record, want, maps string }

// cases are expressions with the results of NiFi's own library.
func cases(tb testing.TB) (all []testCase) {
	tb.Helper()
	f, err := os.Open("testdata/recordpath-cases.tsv")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		c := strings.Split(in.Text(), "\t")
		if len(c) < 6 || strings.HasPrefix(c[0], "#") {
			continue
		}
		all = append(all, testCase{c[0], c[1], c[2], c[3], c[4], c[5]})
	}
	if len(all) < 500 {
		tb.Fatalf("only %d cases", len(all))
	}
	return all
}

func TestEvalLines_AnswersAsNiFi(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.group+"/"+c.id, func(t *testing.T) {
			line := `{"path":` + c.path + `,"record":` + c.record + `,"maps":` + c.maps + "}"
			var out bytes.Buffer
			if err := recordpath.EvalLines(strings.NewReader(line), &out); err != nil {
				t.Fatal(err)
			}
			got, want := decode(t, out.Bytes()), decode(t, []byte(c.want))
			if want["error"] != nil {
				if got["error"] != want["error"] {
					t.Errorf("%s\n got %s\nwant %s", c.path, out.String(), c.want)
				}
				return
			}
			if !same(got["result"], want["result"]) {
				t.Errorf("%s\n got %s\nwant %s", c.path, out.String(), c.want)
			}
		})
	}
}

// same compares JSON values; of numbers, 1 and 1.0 differ, 1.0 and 1.0E0 do not.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		x, _ := a.Float64()
		y, _ := b.Float64()
		return ok && (a == b || x == y && strings.ContainsAny(a.String(), ".E") && strings.ContainsAny(b.String(), ".e"))
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	}
	return a == b
}

// decode keeps the text of numbers, so that 1 and 1.0 differ.
func decode(t *testing.T, b []byte) (m map[string]any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return m
}

func TestEvalLines_GoesOnBehindABadLine(t *testing.T) {
	in := "nonsense\n\n{\"path\": \"/a\", \"record\": [1]}\n{\"path\": \"/a\", \"record\": {\"a\": 1}}"
	var out bytes.Buffer
	if err := recordpath.EvalLines(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], `"error":"input"`) || !strings.Contains(lines[1], "must be an object") || lines[2] != `{"result":[1]}` {
		t.Errorf("got %q", lines)
	}
}

func TestCompile_Errors(t *testing.T) {
	for _, path := range []string{"", "/a[", "/a]", "/a[0", "f(", "/contains", "//", "/a[.]", "'x", "/a[99999999999]", "/a[. = 99999999999999999999]", "/a[" + strings.Repeat("not(", 9)} {
		if _, err := recordpath.Compile(path); err == nil || !strings.Contains(err.Error(), "RecordPath") {
			t.Errorf("%q: error %v", path, err)
		}
	}
	for _, deep := range []string{strings.Repeat("trim(", 100_000), strings.Repeat("/a[/b", 100_000), strings.Repeat("isEmpty(", 100_000)} {
		if _, err := recordpath.Compile(deep); err == nil || !strings.Contains(err.Error(), "nested deeper") {
			t.Errorf("%.20q...: error %.100v", deep, err)
		}
	}
}
