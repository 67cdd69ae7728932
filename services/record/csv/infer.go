package csv

import (
	"errors"
	"io"
	"math"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// TimeMatcher tells which date or time type text has, for inference; nil if none.
type TimeMatcher func(text string) *record.Type

// seen is what kinds of text a column held, as SchemaInferenceUtil.getDataType
// tells them apart.
type seen uint16

const (
	seenInt seen = 1 << iota
	seenLong
	seenFloat
	seenDouble
	seenDecimal
	seenBoolean
	seenString
	seenTime // beside, the column has the types in times
)

type columnTypes struct {
	name  string
	seen  seen
	other []*record.Type // DECIMAL, DATE, TIME and TIMESTAMP
}

// Infer reads all content and returns the narrowest schema that takes it:
// fields in the order of the header, each with the merged type of its values,
// as CSVSchemaInference. Rows that cannot be parsed are passed over; reading
// reports them. times may be nil.
func Infer(in io.Reader, f Format, times TimeMatcher) (*record.Schema, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	f.Trim = true
	s := newScanner(in, f)
	defer s.close()
	s.skipBOM()
	names, err := headerNames(s)
	if err != nil {
		return nil, err
	}
	columns := make([]columnTypes, len(names))
	for i, n := range names {
		columns[i].name = n
	}
	for {
		if err := s.next(); err == io.EOF {
			break
		} else if isMalformed(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		for i := range min(len(s.fields), len(columns)) {
			columns[i].add(s.buf[s.fields[i].start:s.fields[i].end], s, i, times)
		}
	}
	fields := make([]record.Field, len(columns))
	for i := range columns {
		fields[i] = record.Field{Name: columns[i].name, Type: columns[i].merged()}
	}
	return record.NewSchema(uniqueFields(fields)...), nil
}

func isMalformed(err error) bool {
	var bad *record.MalformedError
	return err != nil && errors.As(err, &bad)
}

func (c *columnTypes) add(b []byte, s *scanner, i int, times TimeMatcher) {
	if len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
		b = s.field(i)
	}
	if n := len(b); n > 1 && b[0] == '"' && b[n-1] == '"' {
		b = b[1 : n-1]
	}
	if len(b) == 0 || s.format.HasNull && string(b) == s.format.NullString {
		return
	}
	if k := classify(b); k == seenDecimal {
		point := strings.IndexByte(unsafeString(b), '.')
		c.addOther(record.DecimalOf(len(b)-1, len(b)-1-point))
	} else if k != seenString || times == nil {
		c.seen |= k
	} else if t := times(unsafeString(b)); t != nil {
		c.addOther(t)
	} else {
		c.seen |= seenString
	}
}

func (c *columnTypes) addOther(t *record.Type) {
	for _, o := range c.other {
		if o.Equal(t) {
			return
		}
	}
	c.other = append(c.other, t)
}

func (c *columnTypes) merged() *record.Type {
	var t *record.Type
	for i, kind := range []*record.Type{record.Int, record.Long, record.Float, record.Double} {
		if c.seen&(seenInt<<i) != 0 {
			t = record.Merge(t, kind)
		}
	}
	for _, o := range c.other {
		t = record.Merge(t, o)
	}
	if c.seen&seenBoolean != 0 {
		t = record.Merge(t, record.Boolean)
	}
	if c.seen&seenString != 0 {
		t = record.Merge(t, record.String)
	}
	if t == nil {
		return record.String
	}
	return t
}

// classify tells what text looks like: digits with at most one point, not at
// the end, are a number.
func classify(b []byte) seen {
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	points := 0
	for _, c := range digits {
		if c == '.' {
			points++
		} else if c < '0' || c > '9' {
			return classifyWord(b)
		}
	}
	switch {
	case len(digits) == 0 || points > 1 || digits[len(digits)-1] == '.':
		return seenString
	case points == 1:
		return classifyFraction(b)
	case len(digits) <= 9:
		return seenInt
	}
	n, err := record.Convert(record.BytesTextValue(b), record.Long, nil)
	if err != nil {
		return seenString
	}
	if i := n.Int(); i > math.MaxInt32 || i < math.MinInt32 {
		return seenLong
	}
	return seenInt
}

func classifyWord(b []byte) seen {
	if c := b[0] | 0x20; (c == 't' && len(b) == 4 && strings.EqualFold(unsafeString(b), "true")) ||
		(c == 'f' && len(b) == 5 && strings.EqualFold(unsafeString(b), "false")) {
		return seenBoolean
	}
	return seenString
}

// classifyFraction regards a number below the smallest positive FLOAT as DOUBLE,
// thus also 0.0 and all negative ones, as NiFi does.
func classifyFraction(b []byte) seen {
	if len(b) <= 12 { // between 1e-10 and 1e11
		if b[0] == '-' || len(strings.Trim(unsafeString(b), "0.")) == 0 {
			return seenDouble
		}
		return seenFloat
	}
	f, err := record.ParseFloat(unsafeString(b), 64)
	switch {
	case err != nil:
		return seenString
	case math.IsInf(f, 0):
		return seenDecimal
	case f > math.MaxFloat32 || f < math.SmallestNonzeroFloat32:
		return seenDouble
	}
	return seenFloat
}

// TypeOfText tells what type a text looks like, as NiFi's SchemaInferenceUtil:
// a number, true or false, a date or time if times says so, or STRING; nil for
// an empty text.
func TypeOfText(text string, times TimeMatcher) *record.Type {
	if text == "" {
		return nil
	}
	switch k := classify([]byte(text)); k {
	case seenInt:
		return record.Int
	case seenLong:
		return record.Long
	case seenFloat:
		return record.Float
	case seenDouble:
		return record.Double
	case seenBoolean:
		return record.Boolean
	case seenDecimal:
		return record.DecimalOf(len(text)-1, len(text)-1-strings.IndexByte(text, '.'))
	}
	if times != nil {
		if t := times(text); t != nil {
			return t
		}
	}
	return record.String
}
