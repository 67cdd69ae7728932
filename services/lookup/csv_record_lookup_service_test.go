package lookup

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
)

type literal string

func (l literal) Eval(sdk.Attributes) (string, error) { return string(l), nil }
func (l literal) Constant() (string, bool)            { return string(l), true }

type env struct{}

func (env) Compile(text string, _ sdk.Scope) (sdk.Expression, error) { return literal(text), nil }
func (env) Service(string) (any, error)                              { return nil, errors.New("no such service") }

// host has a clock that is set by hand.
type host struct {
	sdk.HostBackend
	now time.Time
}

func (h *host) Now() time.Time    { return h.now }
func (h *host) Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

type fixture struct {
	*csvRecords
	t    *testing.T
	path string
	host *host
}

func newFixture(t *testing.T, content string, props map[string]string) (*fixture, error) {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "table.csv"), host: &host{now: time.Unix(1000, 0)}}
	f.write(content, 0)
	props["CSV File"] = f.path
	if props["Lookup Key Column"] == "" {
		props["Lookup Key Column"] = "code"
	}
	f.csvRecords = CSVRecordLookupService.NewService().(*csvRecords)
	var s sdk.Spec
	f.Describe(&s)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	f.MigrateProperties(props)
	if problems := append(s.Configure(props, env{}), f.Validate()...); len(problems) > 0 {
		t.Fatal(errors.Join(problems...))
	}
	return f, f.Start(t.Context(), sdk.NewHost(f.host))
}

// write changes the file, age seconds after the start of time.
func (f *fixture) write(content string, age int64) {
	f.t.Helper()
	if err := os.WriteFile(f.path, []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(f.path, time.Time{}, time.Unix(age+1, 0)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) find(key record.Value) string {
	f.t.Helper()
	v, ok, err := f.Lookup(context.Background(), map[string]record.Value{"key": key}, nil)
	if err != nil {
		return err.Error()
	}
	if !ok {
		return "none"
	}
	return record.ToString(v, nil)
}

const airlines = "code,name,note\nUA,United,\"big, old\"\nDL,Delta,\n7,Seven,x\n"

func TestCSVRecordLookupService_FindsRows(t *testing.T) {
	f, err := newFixture(t, airlines, map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"UA": "MapRecord[{name=United, note=big, old}]", "DL": "MapRecord[{name=Delta, note=}]", "XX": "none", "": "none",
	} {
		if got := f.find(record.StringValue(key)); got != want {
			t.Errorf("%q: %s, want %s", key, got, want)
		}
	}
	if got := f.find(record.IntValue(7)); got != "MapRecord[{name=Seven, note=x}]" {
		t.Errorf("number as key: %s", got)
	}
	if got := f.find(record.Null); got != "none" {
		t.Errorf("null as key: %s", got)
	}
	var _ lookup.Service = f.csvRecords
	if f.Keys()[0] != "key" || !f.ReturnsRecord() {
		t.Error("it says that it needs other keys, or returns no records")
	}
}

func TestCSVRecordLookupService_RefusesFiles(t *testing.T) {
	for want, tc := range map[string]struct {
		content string
		props   map[string]string
	}{
		`there is no column "code"`:   {"a,b\n1,2\n", map[string]string{}},
		"row 2 has no key":            {"code,b\n1,2\n ,3\n", map[string]string{}},
		`row 2: key "1" occurs twice`: {"code,b\n1,2\n1,3\n", map[string]string{"Ignore Duplicates": "false"}},
		"behind a closing quote":      {"code,b\n\"1\"x,2\n", map[string]string{}},
	} {
		if _, err := newFixture(t, tc.content, tc.props); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestCSVRecordLookupService_LastOfDuplicatesCounts(t *testing.T) {
	f, err := newFixture(t, "code,b\n1,2\n1,3\n", map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.find(record.StringValue("1")); got != "MapRecord[{b=3}]" {
		t.Errorf("got %s", got)
	}
}

func TestCSVRecordLookupService_ReadsAChangedFileAgain(t *testing.T) {
	f, err := newFixture(t, airlines, map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	f.write("code,name\nUA,Changed\n", 5)
	if got := f.find(record.StringValue("UA")); !strings.Contains(got, "United") {
		t.Errorf("at once: %s", got)
	}
	f.host.now = f.host.now.Add(checkInterval)
	if got := f.find(record.StringValue("UA")); got != "MapRecord[{name=Changed}]" {
		t.Errorf("after the interval: %s", got)
	}
	f.write("broken", 9)
	f.host.now = f.host.now.Add(checkInterval)
	if got := f.find(record.StringValue("UA")); !strings.Contains(got, "there is no column") {
		t.Errorf("with a broken file: %s", got)
	}
	if got := f.find(record.StringValue("UA")); got != "MapRecord[{name=Changed}]" {
		t.Errorf("and then: %s", got)
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.find(record.StringValue("UA")); !strings.Contains(got, "not enabled") {
		t.Errorf("after Stop: %s", got)
	}
}
