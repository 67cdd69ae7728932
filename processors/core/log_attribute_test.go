package core_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk/sdktest"
)

// logged returns what LogAttribute writes about one FlowFile, by way of its bulletin.
func logged(t *testing.T, props map[string]string) string {
	t.Helper()
	r := sdktest.New(t, core.LogAttribute)
	r.Set("Log Level", "warn")
	for name, value := range props {
		r.Set(name, value)
	}
	r.Enqueue(sdktest.FF("n\xe9", "a.1", "one", "a.2", "two", "b", "three"))
	r.RunUntilEmpty()
	if out := r.Out()["success"]; len(out) != 1 || out[0].Content != "n\xe9" {
		t.Fatalf("came out: %+v", out)
	}
	b := r.Bulletins()
	if len(b) != 1 {
		t.Fatalf("bulletins = %q, want one", b)
	}
	return b[0]
}

func TestLogAttribute(t *testing.T) {
	for name, c := range map[string]struct {
		props      map[string]string
		want, miss []string
	}{
		"all attributes": {nil, []string{"Key: 'a.1'\n\tValue: 'one'", "Key: 'b'", "fileSize", "lineageStartDate", strings.Repeat("-", 50)}, []string{"né"}},
		"some":           {map[string]string{"Attributes to Log": "a.1, b"}, []string{"'a.1'", "'b'"}, []string{"'a.2'"}},
		"by pattern": {
			map[string]string{"Attributes to Log Regular Expression": "a.*", "Attributes to Ignore": "a.2"},
			[]string{"'a.1'"},
			[]string{"'a.2'", "'b'"},
		},
		"ignored by pattern": {map[string]string{"attributes-to-ignore-regex": "a.*"}, []string{"'b'"}, []string{"'a.1'", "'a.2'"}},
		"content":            {map[string]string{"Log Payload": "true", "Character Set": "ISO-8859-1"}, []string{"né"}, nil},
		"one line":           {map[string]string{"Output Format": "Single Line"}, []string{"a.1=one, a.2=two, b=three"}, []string{"Key"}},
		"no properties":      {map[string]string{"Log FlowFile Properties": "false"}, nil, []string{"entryDate"}},
		"a prefix":           {map[string]string{"Log Prefix": "${b}"}, []string{"----------three----------"}, nil},
		"a long prefix": {
			map[string]string{"Log Prefix": strings.Repeat("é", 50)},
			[]string{"-----" + strings.Repeat("é", 37) + "...-----"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := logged(t, c.props)
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("got %s\nwant %q in it", got, w)
				}
			}
			for _, m := range c.miss {
				if strings.Contains(got, m) {
					t.Errorf("got %s\nwant no %q in it", got, m)
				}
			}
		})
	}
}

func TestLogAttribute_KeepsAFlowFileWithAnUnknownCharacterSet(t *testing.T) {
	r := sdktest.New(t, core.LogAttribute)
	r.Set("Log Level", "error")
	r.Set("Log Payload", "true")
	r.Set("Character Set", "${cs}")
	r.Enqueue(sdktest.FF("1", "cs", "UTF-9"), sdktest.FF("2", "cs", "UTF-8"))
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	if out := r.Out()["success"]; len(out) != 1 || out[0].Content != "2" || r.Queued() != 1 {
		t.Errorf("came out: %+v, queued: %d", out, r.Queued())
	}
}
