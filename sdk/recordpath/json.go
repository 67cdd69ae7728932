package recordpath

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

func escapeJSON(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		if f.Type == nil {
			return c.fail(errNoField)
		}
		text := appendJSON(nil, f.Value, false)
		return c.retype(f, record.BytesTextValue(text), record.String, f.Name)
	}}, nil
}

// appendJSON appends a value as JSON. Dates are numbers of milliseconds and
// bytes base64 text; with marked, objects {"$millis": n} and {"$bytes": "..."}.
func appendJSON(dst []byte, v record.Value, marked bool) []byte {
	switch k := v.Kind(); {
	case k == record.KindArray:
		dst = append(dst, '[')
		for i, item := range v.Array() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item, marked)
		}
		return append(dst, ']')
	case k == record.KindMap:
		dst = append(dst, '{')
		for i := range v.Len() {
			dst = appendMember(dst, i, v.Map().Key(i), v.Map().At(i), marked)
		}
		return append(dst, '}')
	case k == record.KindRecord:
		dst = append(dst, '{')
		for i, f := range v.Record().Schema().Fields() {
			dst = appendMember(dst, i, f.Name, v.Record().At(i), marked)
		}
		return append(dst, '}')
	case k.IsDateTime() && marked:
		return append(strconv.AppendInt(append(dst, `{"$millis":`...), v.Int(), 10), '}')
	case k == record.KindBytes:
		text := base64.StdEncoding.EncodeToString(v.Bytes())
		if marked {
			return append(appendQuoted(append(dst, `{"$bytes":`...), text), '}')
		}
		return appendQuoted(dst, text)
	case k == record.KindNull, k == record.KindBoolean, k.IsNumber() && !isNaN(v), k.IsDateTime():
		return record.AppendText(dst, v, nil)
	}
	return appendQuoted(dst, textOf(v))
}

// isNaN reports whether JSON has no number for v.
func isNaN(v record.Value) bool {
	f := v.Float()
	return f-f != 0
}

func appendMember(dst []byte, i int, name string, v record.Value, marked bool) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return appendJSON(append(appendQuoted(dst, name), ':'), v, marked)
}

// appendQuoted escapes as Jackson does.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= ' ':
			dst = append(dst, string(r)...)
		case strings.ContainsRune("\b\f\n\r\t", r):
			dst = append(dst, '\\', "btn fr"[r-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		}
	}
	return append(dst, '"')
}

// unescapeJSON parses text: objects become MAPs, or RECORDs if the second
// argument is 'true' or the field is one; with a third 'true' also those in
// arrays further down.
func unescapeJSON(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		if !isText(f.Value) {
			return c.fail(errors.New("unescapeJson takes text"))
		}
		v, err := decodeJSON(f.Value.Text())
		if err != nil {
			return c.fail(err)
		}
		flag := func(i int) bool {
			if len(args) <= i {
				return false
			}
			s, _ := c.text(args[i])
			return strings.EqualFold(s, "true")
		}
		if v, err = typedJSON(v, f.Type, flag(1), flag(2)); err != nil {
			return c.fail(err)
		}
		return c.derive(f, v)
	}}, nil
}

func typedJSON(v record.Value, t *record.Type, records, deep bool) (record.Value, error) {
	if t != nil && (t.Kind == record.KindRecord || t.Kind == record.KindArray) {
		return record.Convert(v, t, nil)
	}
	if !records {
		return v, nil
	}
	items := v.Array()
	if len(items) > 0 && items[0].Map() != nil {
		for i, item := range items {
			items[i] = toRecord(item, deep)
		}
		return v, nil
	}
	return toRecord(v, deep), nil
}

// toRecord turns a MAP and the MAPs that are its values into RECORDs, with
// deep also those in arrays.
func toRecord(v record.Value, deep bool) record.Value {
	m := v.Map()
	if items := v.Array(); deep && items != nil {
		for i, item := range items {
			items[i] = toRecord(item, deep)
		}
	}
	if m == nil {
		return v
	}
	fields := make([]record.Field, m.Len())
	values := make([]record.Value, m.Len())
	for i := range fields {
		values[i] = toRecord(m.At(i), deep)
		fields[i] = record.Field{Name: m.Key(i), Type: record.TypeOf(values[i])}
	}
	return record.RecordValue(record.Of(record.NewSchema(fields...), values...))
}

// decodeJSON reads the first value in text: objects as MAPs, whole numbers as
// INT, LONG or BIGINT, others as DOUBLE.
func decodeJSON(text string) (record.Value, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	if err != nil {
		return record.Null, fmt.Errorf("parse JSON: %w", err)
	}
	if rest := text[dec.InputOffset():]; v.Kind() != record.KindMap && v.Kind() != record.KindArray && rest != "" &&
		!strings.ContainsRune(" \t\r\n,:]}", rune(rest[0])) {
		return record.Null, fmt.Errorf("parse JSON: unexpected %q behind a value", rest[0])
	}
	return v, nil
}

const maxJSONDepth = 1000

func decodeValue(dec *json.Decoder, depth int) (record.Value, error) {
	if depth > maxJSONDepth {
		return record.Null, fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return record.Null, err
	}
	switch t := t.(type) {
	case string:
		return record.StringValue(t), nil
	case bool:
		return record.BoolValue(t), nil
	case json.Number:
		return decodeNumber(t.String())
	case json.Delim:
		if t == '{' {
			return decodeObject(dec, depth)
		}
		items := []record.Value{}
		for dec.More() {
			item, err := decodeValue(dec, depth+1)
			if err != nil {
				return record.Null, err
			}
			items = append(items, item)
		}
		_, err = dec.Token()
		return record.ArrayValue(items), err
	}
	return record.Null, nil
}

func decodeObject(dec *json.Decoder, depth int) (record.Value, error) {
	m := record.NewMap(8)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return record.Null, err
		}
		v, err := decodeValue(dec, depth+1)
		if err != nil {
			return record.Null, err
		}
		m.Set(key.(string), v)
	}
	_, err := dec.Token()
	return record.MapValue(m), err
}

func decodeNumber(text string) (record.Value, error) {
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			if n == int64(int32(n)) {
				return record.IntValue(int32(n)), nil
			}
			return record.LongValue(n), nil
		}
		n, ok := new(big.Int).SetString(text, 10)
		if !ok || len(text) > 1000 {
			return record.Null, errors.New("number is too long")
		}
		return record.BigIntValue(n), nil
	}
	f, err := record.ParseFloat(text, 64)
	return record.DoubleValue(f), err
}
