package lookup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/services/lookup"
)

func TestPropertiesFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.properties")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# comment\r\n! another\na = 1\nb:two words \nc\\ d  x\\\n   y\ne\\=f=\\u00e9\\t\\\\\nempty\n")
	r := sdktest.New(t, record.LookupAttribute)
	r.Service("file", lookup.PropertiesFileLookupService, map[string]string{"Configuration File": file})
	r.Set("Lookup Service", "file")
	r.Set("v", "${key}")
	look := func(key string) string {
		t.Helper()
		r.Enqueue(sdktest.FF("", "key", key))
		r.RunUntilEmpty()
		out := r.Out()["matched"]
		if len(out) != 1 {
			t.Fatalf("%d FlowFiles", len(out))
		}
		return out[0].Attrs["v"]
	}
	for key, want := range map[string]string{"a": "1", "b": "two words ", "c d": "xy", "e=f": "é\t\\", "empty": "", "none": "null"} {
		if got := look(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	write("a = changed\n")
	if got := look("a"); got != "1" {
		t.Errorf("read again at once: %q", got)
	}
	r.Advance(31 * time.Second)
	if got := look("a"); got != "changed" {
		t.Errorf("after the change: %q", got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	r.Advance(31 * time.Second)
	if got := look("a"); got != "changed" {
		t.Errorf("without the file: %q", got)
	}
}
