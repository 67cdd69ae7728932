package recordsql

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// pathTypes are the types of RPATH functions; that of RPATH itself depends on what is found.
var pathTypes = map[string]*record.Type{
	"RPATH": nil, "RPATH_STRING": record.String, "RPATH_INT": record.Int, "RPATH_LONG": record.Long, "RPATH_DATE": record.Date,
	"RPATH_DOUBLE": record.Double, "RPATH_FLOAT": record.Float,
}

// recordPath compiles RPATH(value, path), which evaluates a RecordPath over a record, each record of an array, or a map.
func (s *scope) recordPath(n *node, args []expr) (expr, error) {
	t, known := pathTypes[n.text]
	if !known || len(args) != 2 {
		return expr{}, s.errorf(n, "there is no function %s with %d arguments", n.text, len(args))
	}
	paths := &pathCache{}
	if args[1].fix {
		if v, err := args[1].eval(nil); err == nil {
			if _, err := paths.get(text(v)); err != nil {
				return expr{}, s.errorf(n, "%v", err)
			}
			if t == nil && args[0].typ != nil { // the schema tells what there is
				t = foundType(args[0].typ, text(v))
			}
		}
	}
	return null2(t, args[0], args[1], func(v, p record.Value) (record.Value, error) {
		path, err := paths.get(text(p))
		if err != nil {
			return v, err
		}
		found, err := selectAll(v, path)
		if err != nil {
			return v, err
		}
		if n.text == "RPATH" {
			return oneOrArray(found), nil
		}
		return onlyOne(found, t, path)
	}), nil
}

func selectAll(v record.Value, path *recordpath.Path) (found []record.Value, err error) {
	var places []*recordpath.Selected
	switch v.Kind() {
	case record.KindRecord:
		places, err = path.Eval(v.Record())
	case record.KindArray:
		for _, item := range v.Array() {
			if item.Kind() != record.KindRecord {
				continue
			}
			more, err := path.Eval(item.Record())
			if err != nil {
				return nil, err
			}
			places = append(places, more...)
		}
	case record.KindMap: // the path starts at the map, as the field root of a record
		schema := record.NewSchema(record.Field{Name: "root", Type: record.MapOf(record.String)})
		r := record.Of(schema, v)
		root, err := rootPath().Eval(r)
		if err != nil || len(root) == 0 {
			return nil, err
		}
		if places, err = path.EvalAt(r, root[0]); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("cannot evaluate RecordPath %s over %s: it must be a record, an array of records or a map", path, v.Kind())
	}
	for _, p := range places {
		found = append(found, p.Value)
	}
	return found, err
}

var rootPath = sync.OnceValue(func() *recordpath.Path {
	p, _ := recordpath.Compile("/root") // it is well formed
	return p
})

func oneOrArray(found []record.Value) record.Value {
	switch len(found) {
	case 0:
		return record.Null
	case 1:
		return found[0]
	}
	return record.ArrayValue(found)
}

func onlyOne(found []record.Value, t *record.Type, path *recordpath.Path) (record.Value, error) {
	one := record.Null
	for _, v := range found {
		if v.IsNull() {
			continue
		}
		if !one.IsNull() {
			return v, fmt.Errorf("RecordPath %s gives more than one value: it must be further constrained", path)
		}
		one = v
	}
	if one.IsNull() {
		return one, nil
	}
	return castTo(one, t)
}

// foundType is the type at a path of field names within a record, nil if that is not known.
func foundType(t *record.Type, path string) *record.Type {
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if t == nil || t.Kind != record.KindRecord || t.Schema == nil {
			return nil
		}
		i := t.Schema.Index(name)
		if i < 0 {
			return nil
		}
		t = t.Schema.Type(i)
	}
	return t
}

// pathCache remembers compiled paths; a statement belongs to one goroutine.
type pathCache struct {
	last string
	path *recordpath.Path
}

func (c *pathCache) get(text string) (*recordpath.Path, error) {
	if c.path != nil && c.last == text {
		return c.path, nil
	}
	p, err := recordpath.Compile(text)
	if err == nil {
		c.last, c.path = strings.Clone(text), p
	}
	return p, err
}

// like compiles LIKE and SIMILAR TO with a pattern that is the same for all rows, or not.
func (s *scope) like(n *node, args []expr) (expr, error) {
	escape := rune(0)
	if len(args) > 2 {
		v, err := args[2].eval(nil)
		if err != nil || len([]rune(text(v))) != 1 {
			return expr{}, s.errorf(n, "ESCAPE must be one character")
		}
		escape = []rune(text(v))[0]
	}
	var last string
	var re *regexp.Regexp
	e := null2(record.Boolean, args[0], args[1], func(v, p record.Value) (record.Value, error) {
		if pattern := text(p); re == nil || pattern != last {
			compiled, err := likePattern(pattern, escape, n.text)
			if err != nil {
				return v, err
			}
			last, re = strings.Clone(pattern), compiled
		}
		return record.BoolValue(re.MatchString(text(v))), nil
	})
	return negated(n.not, e), nil
}

// likePattern turns a pattern into a regular expression: % is any text, _ any character.
func likePattern(pattern string, escape rune, kind string) (*regexp.Regexp, error) {
	if kind == "RLIKE" {
		return regexp.Compile(pattern)
	}
	var b strings.Builder
	b.WriteString("(?s)^(?:")
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
			continue
		case r == escape && escape != 0:
			escaped = true
			continue
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case kind == "SIMILAR" && strings.ContainsRune(`|*+?{}()[]^-`, r):
			b.WriteRune(r)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		return nil, fmt.Errorf("the pattern %q ends with its escape character", pattern)
	}
	return regexp.Compile(b.String() + ")$")
}
