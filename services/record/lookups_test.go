package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

func TestLookups(t *testing.T) {
	rs, problems := configureIn(t, ReaderLookup, map[string]string{"csv": "id"}, env{reader(t, CSVReader, map[string]string{})})
	if problems != nil {
		t.Fatal(problems)
	}
	ws, problems := configureIn(t, RecordSetWriterLookup, map[string]string{"json": "id", "Service to Use": "json"}, env{writer(t, JsonRecordSetWriter, map[string]string{})})
	if problems != nil {
		t.Fatal(problems)
	}
	rf, wf := rs.(record.ReaderFactory), ws.(record.WriterFactory)
	if got, _ := convert(t, rf, wf, strings.NewReader("x\n1\n"), map[string]string{"recordreader.name": "csv"}); got != `[{"x":1}]` {
		t.Error(got)
	}
	for want, attrs := range map[string]map[string]string{"is empty": nil, `no service of that name`: {"recordreader.name": "xml"}} {
		if _, err := rf.NewReader(t.Context(), attrs, strings.NewReader(""), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestLookups_Refuse(t *testing.T) {
	csv := reader(t, CSVReader, map[string]string{})
	for want, tc := range map[string]struct {
		c     sdk.Component
		props map[string]string
	}{
		"no service is given":       {ReaderLookup, map[string]string{}},
		"a service of another kind": {RecordSetWriterLookup, map[string]string{"a": "id"}},
		`names "b"`:                 {ReaderLookup, map[string]string{"a": "id", "Service to Use": "b"}},
	} {
		_, problems := configureIn(t, tc.c, tc.props, env{csv})
		if err := errors.Join(problems...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
