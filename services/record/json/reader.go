package json

import (
	"errors"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// Options say how a Reader interprets JSON.
type Options struct {
	Schema  *record.Schema
	Formats *record.Formats
	// Field is the name of the field whose value holds the records; "" means
	// that the content's root does.
	Field string
	// Comments allows // and /* */ comments.
	Comments bool
	// MaxString bounds the bytes of one string; 0 means DefaultMaxString.
	MaxString int
}

// Reader reads objects as records. It reuses one Record.
type Reader struct {
	loc     *locator
	opts    Options
	rec     *record.Record
	row     int64
	arena   arena
	failure error // first value of the record at hand that does not fit its type
	column  string
	lenient bool
}

// NewReader reads from in, which must be UTF-8, with or without byte order
// mark. Options.Schema is required; fields that it lacks are dropped.
func NewReader(in io.Reader, o Options) *Reader {
	return &Reader{loc: &locator{parser: newParser(in, &o), field: o.Field}, opts: o, rec: record.New(o.Schema)}
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.opts.Schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error { return nil }

// Lenient implements [record.Lenient].
func (r *Reader) Lenient() { r.lenient = true }

// Read implements [record.Reader]. A value that does not fit its field, and
// something that is no object among objects, gives a resumable
// [record.MalformedError]; broken JSON one that is resumable only between
// objects that stand one after the other, at the next line.
func (r *Reader) Read() (*record.Record, error) {
	r.loc.inRecord = false
	c, err := r.loc.next()
	if errors.Is(err, errEnd) && len(r.loc.open) == 0 {
		return nil, io.EOF
	}
	r.row++
	if err != nil {
		return nil, r.malformed(err)
	}
	if c != '{' {
		if err := r.loc.skip(); err != nil {
			return nil, r.malformed(err)
		}
		return nil, r.unfit("", errors.New("expected an object"))
	}
	r.loc.startRecord()
	r.arena.reset()
	r.failure = nil
	r.rec.ResetSchema(r.opts.Schema)
	if err := r.fields(r.rec, r.opts.Schema); err != nil {
		return nil, r.malformed(err)
	}
	if r.failure != nil {
		return nil, r.unfit(r.column, r.failure)
	}
	return r.rec, nil
}

func (r *Reader) unfit(column string, err error) error {
	return &record.MalformedError{Row: r.row, Line: r.loc.line(), Column: column, Err: err, Resumable: true}
}

// malformed describes a syntax error, and skips to the next line if that is
// where the next object may begin.
func (r *Reader) malformed(err error) error {
	if !isSyntax(err) {
		return err
	}
	l := r.loc
	e := &record.MalformedError{Row: r.row, Line: l.line(), Err: err}
	e.Raw = strings.ToValidUTF8(string(l.buf[max(0, l.pos-20):min(l.end, l.pos+180)]), "\uFFFD")
	if len(l.open) == 0 && l.field == "" && !l.eofReached() {
		e.Resumable = true
		l.depth = 0
		l.skipLine()
		return e
	}
	l.err = e // there is no way on
	return e
}

func (p *parser) eofReached() bool { return p.pos == p.end && p.eof }

func (p *parser) skipLine() {
	for {
		for p.pos < p.end {
			p.pos++
			if p.buf[p.pos-1] == '\n' {
				return
			}
		}
		if !p.fill() {
			return
		}
	}
}

// fields reads an object into rec.
func (r *Reader) fields(rec *record.Record, s *record.Schema) error {
	values := rec.Values()
	for i := range values {
		values[i] = record.Missing
	}
	next := 0 // objects mostly have their fields in one order
	return r.loc.object(func(key []byte) error {
		var at int
		if next < len(values) && s.FieldName(next) == string(key) {
			at = next
		} else {
			at = s.Index(unsafeString(key))
		}
		if at < 0 {
			return r.loc.skip()
		}
		next = at + 1
		v, err := r.value(s.Type(at))
		if err != nil {
			return err
		}
		if r.failure != nil && r.column == "" {
			r.column = s.FieldName(at)
		}
		values[at] = v
		return nil
	})
}

// fail notes that a value does not fit; the object is read to its end.
func (r *Reader) fail(err error) record.Value {
	if r.failure == nil {
		r.failure, r.column = err, ""
	}
	return record.Null
}

// value reads a value as type t.
func (r *Reader) value(t *record.Type) (record.Value, error) {
	c, err := r.loc.peek()
	if err != nil {
		return record.Null, err
	}
	if c == 'n' {
		return record.Null, r.loc.word("null")
	}
	switch t.Kind {
	case record.KindRecord:
		return r.record(c, t)
	case record.KindArray:
		if c == '[' {
			return r.array(t.Elem)
		}
	case record.KindMap, record.KindChoice:
		v, err := r.tree(c)
		if err != nil {
			return record.Null, err
		}
		return r.fitted(v, t), nil
	case record.KindString:
		if c == '"' {
			b, err := r.loc.text()
			return record.BytesTextValue(b), err
		}
	case record.KindDecimal:
		if c == '-' || c >= '0' && c <= '9' {
			return r.decimal()
		}
	}
	v, err := r.tree(c)
	if err != nil {
		return record.Null, err
	}
	return r.fitted(v, t), nil
}

func (r *Reader) fitted(v record.Value, t *record.Type) record.Value {
	if v.Kind() == t.Kind && t.Kind < record.KindEnum {
		return v
	}
	out, err := fit(v, t, r.opts.Formats)
	if err != nil && r.lenient {
		return v
	}
	if err != nil {
		return r.fail(err)
	}
	return out
}

// record reads an object; anything else in its place is null, as in NiFi.
func (r *Reader) record(c byte, t *record.Type) (record.Value, error) {
	if c != '{' {
		return record.Null, r.loc.skip()
	}
	rec := r.arena.record(t.Schema)
	return record.RecordValue(rec), r.fields(rec, t.Schema)
}

// decimal reads a number without the detour over a DOUBLE.
func (r *Reader) decimal() (record.Value, error) {
	b, _, err := r.loc.number()
	if err != nil {
		return record.Null, err
	}
	d, err := record.ParseDecimal(string(b))
	if err != nil {
		return r.fail(err), nil
	}
	return record.DecimalValue(d), nil
}

func (r *Reader) array(elem *record.Type) (record.Value, error) {
	start := len(r.arena.stack)
	err := r.loc.array(func() error {
		v, err := r.value(elem)
		r.arena.stack = append(r.arena.stack, v)
		return err
	})
	return r.arena.array(start), err
}

// tree reads a value without a type: objects become records with a schema of
// their own.
func (r *Reader) tree(c byte) (record.Value, error) {
	switch c {
	case '{':
		return r.object()
	case '[':
		start := len(r.arena.stack)
		err := r.loc.array(func() error {
			c, err := r.loc.peek()
			if err != nil {
				return err
			}
			v, err := r.tree(c)
			r.arena.stack = append(r.arena.stack, v)
			return err
		})
		return r.arena.array(start), err
	case '"':
		b, err := r.loc.text()
		return record.BytesTextValue(b), err
	case 't', 'f', 'n':
		err := r.loc.skipScalar(c)
		if c == 'n' {
			return record.Null, err
		}
		return record.BoolValue(c == 't'), err
	}
	b, whole, err := r.loc.number()
	if err != nil {
		return record.Null, err
	}
	return numberValue(b, whole)
}

func (r *Reader) object() (record.Value, error) {
	m := record.NewMap(8)
	err := r.loc.object(func(key []byte) error {
		name := string(key)
		c, err := r.loc.peek()
		if err != nil {
			return err
		}
		v, err := r.tree(c)
		m.Set(name, v)
		return err
	})
	return record.MapValue(m), err
}

// numberValue is an INT, LONG or BIGINT, or a DOUBLE.
func numberValue(b []byte, whole bool) (record.Value, error) {
	if whole {
		n, ok := wholeNumber(b)
		if !ok {
			return record.Convert(record.BytesTextValue(b), record.BigInt, nil)
		}
		if n == int64(int32(n)) {
			return record.IntValue(int32(n)), nil
		}
		return record.LongValue(n), nil
	}
	f, err := record.ParseFloat(unsafeString(b), 64)
	return record.DoubleValue(f), err
}

func wholeNumber(b []byte) (int64, bool) {
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) > 18 {
		v, err := record.Convert(record.BytesTextValue(b), record.Long, nil)
		return v.Int(), err == nil
	}
	n := int64(0)
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	if b[0] == '-' {
		n = -n
	}
	return n, true
}

// arena holds the arrays and nested records of one record and reuses their
// memory for the next.
type arena struct {
	stack   []record.Value // elements of arrays that are being read
	values  []record.Value
	records []*record.Record
	used    int
}

func (a *arena) reset() { a.stack, a.values, a.used = a.stack[:0], a.values[:0], 0 }

func (a *arena) record(s *record.Schema) *record.Record {
	if a.used == len(a.records) {
		a.records = append(a.records, record.New(s))
	}
	rec := a.records[a.used]
	a.used++
	rec.Reset(s)
	return rec
}

// array takes the elements from start on off the stack.
func (a *arena) array(start int) record.Value {
	items := a.stack[start:]
	if cap(a.values)-len(a.values) < len(items) {
		a.values = make([]record.Value, 0, max(256, 2*len(items))) // arrays made before keep the old one
	}
	at := len(a.values)
	a.values = append(a.values, items...)
	a.stack = a.stack[:start]
	return record.ArrayValue(a.values[at:len(a.values):len(a.values)])
}
