package syslog_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/line"
	"github.com/braidflow/braid/services/record/syslog"
)

func one(t *testing.T, p syslog.Parser, message string, raw bool) (string, error) {
	t.Helper()
	rec, err := syslog.NewReader(strings.NewReader(message), p, raw).Read()
	if err != nil {
		return "", err
	}
	f, err := record.NewFormats("", "", "yyyy-MM-dd'T'HH:mm:ss.SSSX")
	if err != nil {
		t.Fatal(err)
	}
	return record.ToString(record.RecordValue(rec), f), nil
}

func TestParsers(t *testing.T) {
	for message, want := range map[string]struct{ generic, strict string }{
		"<34>Oct 11 22:14:15 my.host su: 'su root' failed": {
			"priority=34, severity=2, facility=4, version=null, timestamp=Oct 11 22:14:15, hostname=my.host, body=su: 'su root' failed", "",
		},
		"<13>1 Feb  5 17:32:18 10.0.0.99 text": {"priority=13, severity=5, facility=1, version=1, timestamp=Feb  5 17:32:18, hostname=10.0.0.99, body=text", ""},
		`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [ex@32473 iut="3" s="a\"b\]c\\"][x@1] ` + "\uFEFFbody é": {
			"priority=165, severity=5, facility=20, version=1, timestamp=2003-10-11T22:14:15.003Z, hostname=host, body=app 12 ID47 [ex@32473 iut=\"3\" s=\"a\\\"b\\]c\\\\\"][x@1] \uFEFFbody é",
			`priority=165, severity=5, facility=20, version=1, timestamp=2003-10-11T22:14:15.003Z, hostname=host, body=body é, appName=app, procid=12, messageid=ID47, structuredData={ex@32473={iut=3, s=a"b]c\}, x@1={}}`,
		},
		"<0>1 - - - - - -": {
			"priority=0, severity=0, facility=0, version=1, timestamp=null, hostname=null, body=- - - -",
			"priority=0, severity=0, facility=0, version=1, timestamp=null, hostname=null, body=null, appName=null, procid=null, messageid=null, structuredData=null",
		},
		"<192>1 - - - - - -":                  {"priority=192, severity=0, facility=24, version=1, timestamp=null, hostname=null, body=- - - -", ""},
		"<1>1 2003-13-11T22:14:15Z h - - - -": {"priority=1, severity=1, facility=0, version=1, timestamp=2003-13-11T22:14:15Z, hostname=h, body=- - - -", ""},
		"<1>1 - - - - - [a":                   {"priority=1, severity=1, facility=0, version=1, timestamp=null, hostname=null, body=- - - [a", ""},
		"<1>1 - - - - - [a x=\"1\"]b":         {"priority=1, severity=1, facility=0, version=1, timestamp=null, hostname=null, body=- - - [a x=\"1\"]b", ""},
		"no message":                          {"", ""},
		"<1>1 - - - - - nothing":              {"priority=1, severity=1, facility=0, version=1, timestamp=null, hostname=null, body=- - - nothing", ""},
	} {
		for p, want := range map[syslog.Parser]string{syslog.RFC3164{}: want.generic, syslog.RFC5424{}: want.strict} {
			got, err := one(t, p, message, false)
			if want == "" {
				var bad *record.MalformedError
				if !errors.As(err, &bad) || !bad.Resumable || bad.Row != 1 {
					t.Errorf("%T, %s: %s, %v", p, message, got, err)
				}
				continue
			}
			if err != nil || got != "MapRecord[{"+want+"}]" {
				t.Errorf("%T, %s:\ngot  %s, %v\nwant %s", p, message, got, err, want)
			}
		}
	}
}

func TestReader_Lines(t *testing.T) {
	r := syslog.NewReader(strings.NewReader("\r\n<1>Oct 11 22:14:15 a x\r\n \nbad\n<2>Oct 11 22:14:15 b y"), syslog.RFC3164{}, true)
	var got []string
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, rec.Get("hostname").Text()+" "+rec.Get("_raw").Text())
	}
	want := "a <1>Oct 11 22:14:15 a x|record 2 (line 4): the line is no syslog message of RFC 3164 or RFC 5424|b <2>Oct 11 22:14:15 b y"
	if strings.Join(got, "|") != want {
		t.Error(got)
	}
	if _, err := syslog.NewReader(strings.NewReader(strings.Repeat("x", line.Max+1)), syslog.RFC5424{}, true).Read(); !errors.Is(err, line.ErrTooLong) {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add("<34>Oct 11 22:14:15 my.host su: failed", true)
	f.Add(`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [ex@32473 iut="3"][x] body`, false)
	f.Fuzz(func(t *testing.T, message string, strict bool) {
		var p syslog.Parser = syslog.RFC3164{}
		if strict {
			p = syslog.RFC5424{}
		}
		r := syslog.NewReader(strings.NewReader(message), p, true)
		for {
			rec, err := r.Read()
			var bad *record.MalformedError
			if err == io.EOF {
				return
			}
			if err != nil && !errors.As(err, &bad) {
				t.Fatal(err)
			}
			if err == nil && rec.Get("priority").Text() == "" {
				t.Fatal("no priority")
			}
		}
	})
}
