package grok_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/grok"
	"github.com/braidflow/braid/services/record/json"
)

func compile(tb testing.TB, patterns string, expressions ...string) []*grok.Expression {
	tb.Helper()
	p, err := grok.ParsePatterns(patterns)
	if err != nil {
		tb.Fatal(err)
	}
	var all []*grok.Expression
	for _, text := range expressions {
		e, err := p.Compile(text)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func all(t *testing.T, content string, o grok.Options) string {
	t.Helper()
	r := grok.NewReader(strings.NewReader(content), o)
	s, _ := r.Schema()
	var out bytes.Buffer
	w := json.NewWriter(&out, s, json.WriterOptions{Lines: true, Suppress: json.AlwaysSuppress})
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			out.WriteString(err.Error())
			continue
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const logLine = `%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:text}`

func TestReader(t *testing.T) {
	const in = "first\n2016-08-04 13:26:32,473 INFO one\nmore\n2016-08-04 13:26:33 ERROR two\n" +
		"java.lang.IllegalStateException: no\n    at a.b(C.java:1)\nCaused by: x\n... 3 more\n2016-08-04 13:26:34 WARN three\n"
	for name, tc := range map[string]struct {
		o    grok.Options
		want []string
	}{
		"append": {grok.Options{NoMatch: grok.Append}, []string{
			`{"time":"2016-08-04 13:26:32,473","level":"INFO","text":"one\nmore","_raw":"first2016-08-04 13:26:32,473 INFO one\nmore"}`,
			`{"time":"2016-08-04 13:26:33","level":"ERROR","text":"two","stackTrace":"java.lang.IllegalStateException: no\n    at a.b(C.java:1)\nCaused by: x","_raw":"2016-08-04 13:26:33 ERROR two\njava.lang.IllegalStateException: no\n    at a.b(C.java:1)\nCaused by: x"}`,
			`{"time":"2016-08-04 13:26:34","level":"WARN","text":"three","_raw":"... 3 more2016-08-04 13:26:34 WARN three"}`,
		}},
		"skip": {grok.Options{NoMatch: grok.Skip}, []string{
			`{"time":"2016-08-04 13:26:32,473","level":"INFO","text":"one","_raw":"first2016-08-04 13:26:32,473 INFO one"}`,
			`{"time":"2016-08-04 13:26:33","level":"ERROR","text":"two","stackTrace":"java.lang.IllegalStateException: no\n    at a.b(C.java:1)\nCaused by: x","_raw":"2016-08-04 13:26:33 ERROR two\njava.lang.IllegalStateException: no\n    at a.b(C.java:1)\nCaused by: x"}`,
			`{"time":"2016-08-04 13:26:34","level":"WARN","text":"three","_raw":"... 3 more2016-08-04 13:26:34 WARN three"}`,
		}},
	} {
		tc.o.Expressions = compile(t, "", logLine)
		if got := all(t, in, tc.o); got != strings.Join(tc.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", name, got, strings.Join(tc.want, "\n"))
		}
	}
	raw := all(t, "x\n2016-08-04 13:26:34 WARN three\ny", grok.Options{NoMatch: grok.Raw, Expressions: compile(t, "", logLine)})
	if want := `{"_raw":"x"}` + "\n" + `{"time":"2016-08-04 13:26:34","level":"WARN","text":"three","_raw":"2016-08-04 13:26:34 WARN three"}` + "\n" + `{"_raw":"y"}`; raw != want {
		t.Errorf("raw: %s", raw)
	}
}

func TestPatterns(t *testing.T) {
	for expression, tc := range map[string]struct{ in, want string }{
		"%{COMBINEDAPACHELOG}": {
			`127.0.0.1 - bob [24/Jul/2016:12:00:01 +0000] "GET /a?b=c HTTP/1.1" 200 12 "http://x/\"y" 'curl'`,
			`{"clientip":"127.0.0.1","ident":"-","auth":"bob","timestamp":"24/Jul/2016:12:00:01 +0000","verb":"GET","request":"/a?b=c","httpversion":"1.1","response":"200","bytes":"12","referrer":"\"http://x/\\\"y\"","agent":"'curl'"}`,
		},
		"%{SYSLOGBASE} %{GREEDYDATA:m}": {"Mar  4 01:02:03 box sshd[42]: hi", `{"timestamp":"Mar  4 01:02:03","logsource":"box","program":"sshd","pid":"42","m":"hi"}`},
		"%{IP:ip} %{MAC:mac}":           {"fe80::1 00:11:22:33:44:55", `{"ip":"fe80::1","mac":"00:11:22:33:44:55"}`},
		"%{URI:u}":                      {"see https://user@host:8080/p/q?r=s#t now", `{"u":"https://user@host:8080/p/q?r=s#t","port":"8080"}`},
		"%{NUMBER:n:int} %{WORD:w}":     {"a 1.5 b", `{"n":"1.5","w":"b"}`},
		"%{INT:x} %{INT:x}":             {"1 2", `{"x":"[1, 2]"}`},
		"(?:%{INT:x}|%{WORD:x})":        {"w", `{"x":"w"}`},
		"%{DATESTAMP_RFC2822:d}":        {"Mon, 15 Aug 2005 15:52:01 +0000", `{"d":"Mon, 15 Aug 2005 15:52:01 +0000"}`},
		"%{MINE:m}!":                    {"xx ab12!", `{"m":"ab12"}`},
		"%{UNIXPATH:p} %{WINPATH:w}":    {`/a/b.c C:\d\e`, `{"p":"/a/b.c","w":"C:\\d\\e"}`},
		"%{IPV4:i}":                     {"1.2.3.4567 10.0.0.255", `{"i":"10.0.0.255"}`},
	} {
		got := all(t, tc.in, grok.Options{Expressions: compile(t, "MINE [a-z]+%{INT}\n", expression)})
		got = got[:max(0, strings.LastIndex(got, `,"_raw"`))] + "}"
		if got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", expression, got, tc.want)
		}
	}
	p, err := grok.ParsePatterns("")
	if err != nil {
		t.Fatal(err)
	}
	for name := range p {
		if _, err := p.Compile("%{" + name + ":x}"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	p, err := grok.ParsePatterns("A %{B}\nB %{A}\nC %{INT}%{INT}%{INT}%{INT}%{INT}%{INT}%{INT}%{INT}\nD %{C}%{C}%{C}%{C}%{C}%{C}%{C}%{C}\n" +
		"E %{D}%{D}%{D}%{D}%{D}%{D}%{D}%{D}\nF %{E}%{E}%{E}%{E}%{E}%{E}%{E}%{E}\nG %{F}%{F}%{F}%{F}%{F}%{F}%{F}%{F}\nH %{G}%{G}%{G}%{G}")
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{"%{A}": "levels deep", "%{NOPE:x}": "no pattern NOPE", "(": "Grok expression", "%{H}": "more than 1048576 bytes"} {
		if _, err := p.Compile(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
	if _, err := grok.ParsePatterns("NAMEONLY"); err == nil {
		t.Error("a pattern without expression was taken")
	}
}

func TestReader_Schema(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "n", Type: record.Int}, record.Field{Name: "_raw", Type: record.String})
	if got := all(t, "n=5\nn=x\n", grok.Options{Expressions: compile(t, "", `n=%{WORD:n}`), Schema: s}); !strings.Contains(got, `record 2 (line 2), field "n": cannot convert "x"`) || !strings.Contains(got, `{"n":5,"_raw":"n=5"}`) {
		t.Error(got)
	}
}

func FuzzReader(f *testing.F) {
	expressions := compile(f, "", logLine, "%{COMBINEDAPACHELOG}", "%{SYSLOGBASE} %{QS:q}")
	f.Add("2016-08-04 13:26:32,473 INFO one\nmore\nError: x\n  at y\n")
	f.Add(`127.0.0.1 - bob [24/Jul/2016:12:00:01 +0000] "GET / HTTP/1.1" 200 12 "r" "a"`)
	f.Fuzz(func(t *testing.T, content string) {
		r := grok.NewReader(strings.NewReader(content), grok.Options{Expressions: expressions, NoMatch: grok.Append})
		for {
			_, err := r.Read()
			var bad *record.MalformedError
			if err == io.EOF || errors.As(err, &bad) && !bad.Resumable {
				return
			}
			if err != nil && bad == nil {
				t.Fatal(err)
			}
		}
	})
}
