package jsonpath

import (
	"fmt"
	"math"
	"strings"
)

// parameter is an argument of a function in a path.
type parameter struct {
	path   *Path
	json   string
	absent bool
}

// keySet is the result of keys(); as text it is Java's [a, b].
type keySet []string

func (p parameter) value(c *evaluation) (any, error) {
	if p.path != nil {
		return p.path.Read(c.root)
	}
	return Parse(p.json)
}

// call applies a function to a model.
func (t *token) call(c *evaluation, model any) (any, error) {
	var args []any
	var given []parameter
	for _, p := range t.params {
		if p.absent {
			continue
		}
		v, err := p.value(c)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
		given = append(given, p)
	}
	switch t.name {
	case "avg", "stddev", "sum", "min", "max":
		return aggregate(t.name, model, args)
	case "length", "size":
		return length(model, given)
	case "concat":
		return concat(model, args), nil
	case "append":
		if array, ok := model.(*Array); ok {
			for _, v := range args { // copies, so that no value comes to hold itself
				array.Items = append(array.Items, copyOf(v))
			}
		}
		return model, nil
	case "keys":
		if object, ok := model.(*Object); ok {
			return keySet(object.keys), nil
		}
		return nil, nil
	case "first", "last", "index":
		return element(t.name, model, args)
	}
	return nil, fmt.Errorf("%w: no function %s", errInvalid, t.name)
}

func toDouble(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	if o := operandOf(v); o.kind == isNumber {
		f, _ := o.number.Float64()
		return f, true
	}
	return 0, false
}

// flat are values with arrays opened, one level.
func flat(args []any) []any {
	var out []any
	for _, v := range args {
		if array, ok := v.(*Array); ok {
			out = append(out, array.Items...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func aggregate(name string, model any, args []any) (any, error) {
	var values []any
	if array, ok := model.(*Array); ok {
		values = append(values, array.Items...)
	}
	sum, squares, count := 0.0, 0.0, 0.0
	low, high := math.MaxFloat64, math.SmallestNonzeroFloat64
	for _, v := range append(values, flat(args)...) {
		f, ok := toDouble(v)
		if !ok {
			continue
		}
		count++
		sum += f
		squares += f * f
		low, high = math.Min(low, f), math.Max(high, f)
	}
	if count == 0 {
		return nil, fmt.Errorf("%w: %s() of no numbers", ErrUse, name)
	}
	switch name {
	case "avg":
		return sum / count, nil
	case "sum":
		return sum, nil
	case "min":
		return low, nil
	case "max":
		return high, nil
	}
	return math.Sqrt(squares/count - sum*sum/count/count), nil
}

// length counts the elements of a model, or, given a path, what a wildcard at
// its end finds.
func length(model any, params []parameter) (any, error) {
	if len(params) > 0 && params[0].path == nil {
		return nil, fmt.Errorf("%w: length() takes a path", ErrUse)
	}
	if len(params) > 0 {
		v, err := params[0].path.below(model)
		if err != nil {
			return nil, err
		}
		if array, ok := v.(*Array); ok {
			return int64(len(array.Items)), nil
		}
	}
	switch m := model.(type) {
	case *Array:
		return int64(len(m.Items)), nil
	case *Object:
		return int64(len(m.keys)), nil
	}
	return nil, nil
}

// below reads the path with a wildcard at its end; whether the result is one
// value or a list goes by the path without it.
func (p *Path) below(model any) (any, error) {
	if p.root.next == nil || p.root.tail().kind == tokFunction {
		return p.Read(model)
	}
	copied := p.root.clone(nil)
	last := copied.tail()
	last.next = &token{kind: tokWildcard, prev: last}
	c := &evaluation{path: &Path{source: p.source, root: copied}, root: model}
	if err := copied.eval(c, ref{kind: refRoot, parent: model}, model); err != nil {
		return nil, err
	}
	c.path = p
	return c.value()
}

func (t *token) clone(prev *token) *token {
	c := *t
	c.prev = prev
	if t.next != nil {
		c.next = t.next.clone(&c)
	}
	return &c
}

func concat(model any, args []any) string {
	var b strings.Builder
	if array, ok := model.(*Array); ok {
		for _, v := range array.Items {
			if s, ok := v.(string); ok {
				b.WriteString(s)
			}
		}
	}
	for _, v := range flat(args) {
		if v != nil {
			b.WriteString(javaText(v))
		}
	}
	return b.String()
}

// javaText is what Java's toString prints: {a=1, b=[x, null]}.
func javaText(v any) string {
	var parts []string
	switch v := v.(type) {
	case nil:
		return "null"
	case *Array:
		for _, item := range v.Items {
			parts = append(parts, javaText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *Object:
		for _, key := range v.keys {
			parts = append(parts, key+"="+javaText(v.values[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return Text(v)
}

// element is first(), last() and index(n); counted from the end, the very first
// element is out of reach.
func element(name string, model any, args []any) (any, error) {
	array, ok := model.(*Array)
	if !ok {
		return nil, fmt.Errorf("%w: %s() of no array", ErrUse, name)
	}
	i := 0
	switch name {
	case "last":
		i = -1
	case "index":
		numbers := flat(args)
		if len(numbers) == 0 {
			return nil, fmt.Errorf("%w: index() needs a number", ErrUse)
		}
		f, ok := toDouble(numbers[0])
		if !ok {
			return nil, fmt.Errorf("%w: index() needs a number", ErrUse)
		}
		i = int(f)
	}
	if i < 0 {
		if i += len(array.Items); i <= 0 {
			return nil, fmt.Errorf("%w: %s() is out of range", ErrUse, name)
		}
	}
	if i >= len(array.Items) {
		return nil, fmt.Errorf("%w: %s() is out of range", ErrUse, name)
	}
	return array.Items[i], nil
}

func copyOf(v any) any {
	switch v := v.(type) {
	case *Array:
		items := make([]any, len(v.Items))
		for i, item := range v.Items {
			items[i] = copyOf(item)
		}
		return &Array{Items: items}
	case *Object:
		o := NewObject()
		for _, key := range v.keys {
			o.Set(key, copyOf(v.values[key]))
		}
		return o
	}
	return v
}
