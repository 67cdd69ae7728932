package recordpath

import (
	"errors"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

var errPairs = errors.New("the arguments of mapOf and recordOf come in pairs of name and value")

func arrayOf(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		var items []record.Value
		var elem *record.Type
		for _, a := range args {
			a.eval(c, func(f *Selected) bool {
				items = append(items, f.Value)
				elem = record.Merge(elem, typeOf(f))
				return true
			})
		}
		if items == nil {
			return nil
		}
		return c.made(record.ArrayValue(items), record.ArrayOf(elem), "arrayOf")
	}), nil
}

func typeOf(f *Selected) *record.Type {
	if f.Type == nil {
		return record.TypeOf(f.Value)
	}
	return f.Type
}

func mapOf(args []segment) (segment, error) {
	if len(args)%2 != 0 {
		return nil, errPairs
	}
	if len(args) == 0 {
		return nil, errors.New("function mapOf needs arguments")
	}
	t := record.MapOf(record.String)
	return computed(func(c *evaluation) *Selected {
		m := record.NewMap(len(args) / 2)
		for i := 0; i < len(args); i += 2 {
			key, value := c.must(args[i]), c.must(args[i+1])
			if c.err != nil {
				return nil
			}
			m.Set(anyText(key.Value), record.StringValue(anyText(value.Value)))
		}
		return c.made(record.MapValue(m), t, "mapOf")
	}), nil
}

func recordOf(args []segment) (segment, error) {
	if len(args)%2 != 0 {
		return nil, errPairs
	}
	return computed(func(c *evaluation) *Selected {
		var fields []record.Field
		var values []record.Value
		for i := 0; i < len(args); i += 2 {
			name, value := c.must(args[i]), c.must(args[i+1])
			if c.err != nil {
				return nil
			}
			fields = append(fields, record.Field{Name: anyText(name.Value), Type: typeOf(value)})
			values = append(values, value.Value)
		}
		s := record.NewSchema(fields...)
		return c.made(record.RecordValue(record.Of(s, values...)), record.RecordOf(s), "recordOf")
	}), nil
}

// must is first, and fails if there is none.
func (c *evaluation) must(seg segment) *Selected {
	f := c.first(seg)
	if f == nil {
		return c.fail(errNoValue)
	}
	return f
}

// anyText is the value as text, "null" for null.
func anyText(v record.Value) string { return string(record.AppendText(nil, v, nil)) }

func concat(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		var text []byte
		for _, a := range args {
			a.eval(c, func(f *Selected) bool { text = record.AppendText(text, f.Value, nil); return true })
		}
		return c.made(record.BytesTextValue(text), record.String, "concat")
	}), nil
}

func join(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		delimiter, _ := c.text(args[0])
		var parts []string
		for _, a := range args[1:] {
			a.eval(c, func(f *Selected) bool { parts = appendParts(parts, f.Value); return true })
		}
		return c.made(record.StringValue(strings.Join(parts, delimiter)), record.String, "join")
	}), nil
}

// appendParts takes arrays apart.
func appendParts(parts []string, v record.Value) []string {
	if v.Kind() != record.KindArray {
		return append(parts, anyText(v))
	}
	for _, item := range v.Array() {
		parts = appendParts(parts, item)
	}
	return parts
}
