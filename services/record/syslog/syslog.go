// Package syslog reads syslog messages, one a line, as records: the codec
// behind the SyslogReader (RFC 3164, and RFC 5424 without structured data) and
// Syslog5424Reader services.
package syslog

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/line"
)

// Parser fills a record with the fields of a message.
type Parser interface {
	// Schema is that of the records, with the field _raw if raw.
	Schema(raw bool) *record.Schema
	// Parse sets the values of all fields but _raw.
	Parse(message string, values []record.Value) error
}

// Reader reads messages as records. It reuses one Record.
type Reader struct {
	lines  *line.Reader
	parser Parser
	raw    bool
	rec    *record.Record
	schema *record.Schema
	row    int64
}

// NewReader reads from in, which must be UTF-8. With raw, each record has the
// message itself as well.
func NewReader(in io.Reader, p Parser, raw bool) *Reader {
	s := p.Schema(raw)
	return &Reader{lines: line.NewReader(in), parser: p, raw: raw, rec: record.New(s), schema: s}
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error { return nil }

// Read implements [record.Reader]. Blank lines are skipped; a line that is no
// message gives a resumable [record.MalformedError].
func (r *Reader) Read() (*record.Record, error) {
	message := ""
	for strings.TrimSpace(message) == "" {
		b, err := r.lines.Next()
		if errors.Is(err, line.ErrTooLong) {
			return nil, &record.MalformedError{Row: r.row + 1, Err: err}
		}
		if err != nil {
			return nil, err
		}
		message = string(b)
	}
	r.row++
	r.rec.ResetSchema(r.schema)
	values := r.rec.Values()
	clear(values)
	if err := r.parser.Parse(message, values); err != nil {
		return nil, &record.MalformedError{Row: r.row, Line: r.lines.Number(), Raw: strings.ToValidUTF8(message[:min(len(message), 200)], "\uFFFD"), Err: err, Resumable: true}
	}
	if r.raw {
		values[len(values)-1] = record.StringValue(message)
	}
	return r.rec, nil
}

func fieldsOf(raw bool, fields ...record.Field) *record.Schema {
	if raw {
		fields = append(fields, record.Field{Name: "_raw", Type: record.String})
	}
	return record.NewSchema(fields...)
}

func texts(names ...string) []record.Field {
	fields := make([]record.Field, len(names))
	for i, name := range names {
		fields[i] = record.Field{Name: name, Type: record.String}
	}
	return fields
}

// RFC3164 reads messages as NiFi's SyslogParser does: liberally, RFC 5424 too.
type RFC3164 struct{}

// Schema implements [Parser].
func (RFC3164) Schema(raw bool) *record.Schema {
	return fieldsOf(raw, texts("priority", "severity", "facility", "version", "timestamp", "hostname", "body")...)
}

var forms = []*regexp.Regexp{
	regexp.MustCompile(`^<(\d{1,3})>(\d)?\s?(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:\d\d|Z)?)|-)\s(?:(\w[\w.@-]*)|-)\s(.*)$`),
	regexp.MustCompile(`^<(\d{1,3})>(\d)?\s?([A-Z][a-z][a-z]\s{1,2}\d{1,2}\s\d\d:\d\d:\d\d)\s(\w[\w(.|:)@-]*)\s(.*)$`),
}

// Parse implements [Parser].
func (RFC3164) Parse(message string, values []record.Value) error {
	for _, form := range forms {
		m := form.FindStringSubmatchIndex(message)
		if m == nil {
			continue
		}
		part := func(i int) record.Value {
			if m[2*i] < 0 {
				return record.Null
			}
			return record.StringValue(message[m[2*i]:m[2*i+1]])
		}
		setPriority(values, part(1).Text())
		values[3], values[4], values[5], values[6] = part(2), part(3), part(4), part(5)
		return nil
	}
	return errors.New("the line is no syslog message of RFC 3164 or RFC 5424")
}

// setPriority sets priority, severity and facility.
func setPriority(values []record.Value, text string) int {
	n, _ := strconv.Atoi(text)
	values[0] = record.StringValue(text)
	values[1] = record.StringValue(strconv.Itoa(n % 8))
	values[2] = record.StringValue(strconv.Itoa(n / 8))
	return n
}

// RFC5424 reads messages strictly by that standard.
type RFC5424 struct{}

// Schema implements [Parser].
func (RFC5424) Schema(raw bool) *record.Schema {
	fields := texts("priority", "severity", "facility", "version", "timestamp", "hostname", "body", "appName", "procid", "messageid")
	fields[4].Type = record.Timestamp
	return fieldsOf(raw, append(fields, record.Field{Name: "structuredData", Type: record.MapOf(record.MapOf(record.String))})...)
}

var header5424 = regexp.MustCompile(`^<(0|[1-9]\d{0,2})>([1-9]\d{0,2}) (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) `)

// Parse implements [Parser].
func (RFC5424) Parse(message string, values []record.Value) error {
	m := header5424.FindStringSubmatch(message)
	if m == nil {
		return errors.New("the line does not begin with the header of RFC 5424: <priority>version timestamp host application process message")
	}
	if n := setPriority(values, m[1]); n > 191 {
		return fmt.Errorf("priority %d is greater than 191", n)
	}
	values[3] = record.StringValue(m[2])
	if m[3] != "-" {
		t, err := time.Parse(time.RFC3339Nano, m[3])
		if err != nil {
			return fmt.Errorf("%q is no timestamp of RFC 5424", m[3])
		}
		values[4] = record.TimestampValue(t)
	}
	values[5], values[7], values[8], values[9] = orNil(m[4]), orNil(m[5]), orNil(m[6]), orNil(m[7])
	data, rest, err := structured(message[len(m[0]):])
	if err != nil {
		return err
	}
	values[10] = data
	if rest != "" {
		if rest[0] != ' ' {
			return fmt.Errorf("%.20q follows the structured data without a space", rest)
		}
		values[6] = record.StringValue(strings.TrimPrefix(rest[1:], "\uFEFF"))
	}
	return nil
}

func orNil(text string) record.Value {
	if text == "-" {
		return record.Null
	}
	return record.StringValue(text)
}

var (
	elementID = regexp.MustCompile(`^\[([^\s="\]]{1,32})`)
	param     = regexp.MustCompile(`^ ([^\s="\]]{1,32})="((?:[^"\\\]]|\\.)*)"`)
	unescape  = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\]`, `]`)
)

// structured reads the structured data at the start of text: elements by their
// ids, each with its parameters.
func structured(text string) (data record.Value, rest string, err error) {
	if strings.HasPrefix(text, "-") {
		return record.Null, text[1:], nil
	}
	elements := record.NewMap(2)
	for strings.HasPrefix(text, "[") {
		id := elementID.FindStringSubmatch(text)
		if id == nil {
			return data, text, fmt.Errorf("%.20q is no element of structured data", text)
		}
		text = text[len(id[0]):]
		params := record.NewMap(4)
		for p := param.FindStringSubmatch(text); p != nil; p = param.FindStringSubmatch(text) {
			if params.Len() == maxParams {
				return data, text, fmt.Errorf("element %q has more than %d parameters", id[1], maxParams)
			}
			params.Set(p[1], record.StringValue(unescape.Replace(p[2])))
			text = text[len(p[0]):]
		}
		if !strings.HasPrefix(text, "]") {
			return data, text, fmt.Errorf("%.20q is neither a parameter nor the end of element %q", text, id[1])
		}
		text = text[1:]
		if elements.Len() == maxParams {
			return data, text, fmt.Errorf("there are more than %d elements of structured data", maxParams)
		}
		elements.Set(id[1], record.MapValue(params))
	}
	if elements.Len() == 0 {
		return data, text, fmt.Errorf("%.20q is no structured data; it should begin with [ or be -", text)
	}
	return record.MapValue(elements), text, nil
}

// maxParams bounds the elements and their parameters, which are looked up one by one.
const maxParams = 1000
