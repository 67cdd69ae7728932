package recordpath

import "github.com/braidflow/braid/sdk/record"

// functionSpec is a function: how many arguments it takes (max -1: any number)
// and what it compiles to.
type functionSpec struct {
	min, max int
	make     func(args []segment) (segment, error)
}

var functions = map[string]functionSpec{
	"add":                 {2, 2, arithmetic(addition)},
	"anchored":            {2, 2, anchored},
	"arrayOf":             {0, -1, arrayOf},
	"base64Decode":        {1, 1, base64Decode},
	"base64Encode":        {1, 1, base64Encode},
	"coalesce":            {0, -1, coalesce},
	"concat":              {0, -1, concat},
	"count":               {1, 1, count},
	"divide":              {2, 2, arithmetic(division)},
	"escapeJson":          {1, 1, escapeJSON},
	"fieldName":           {1, 1, fieldName},
	"format":              {2, 3, formatTime},
	"hash":                {2, 2, hash},
	"join":                {2, -1, join},
	"mapOf":               {0, -1, mapOf},
	"multiply":            {2, 2, arithmetic(multiplication)},
	"padLeft":             {2, 3, pad(true)},
	"padRight":            {2, 3, pad(false)},
	"recordOf":            {0, -1, recordOf},
	"replace":             {3, 3, replace},
	"replaceNull":         {2, 2, replaceNull},
	"replaceRegex":        {3, 3, replaceRegex},
	"substring":           {3, 3, substring},
	"substringAfter":      {2, 2, cut(after, false)},
	"substringAfterLast":  {2, 2, cut(after, true)},
	"substringBefore":     {2, 2, cut(before, false)},
	"substringBeforeLast": {2, 2, cut(before, true)},
	"subtract":            {2, 2, arithmetic(subtraction)},
	"toBytes":             {2, 2, toBytes},
	"toDate":              {2, 3, toDate},
	"toLowerCase":         {1, 1, change(lower)},
	"toNumber":            {1, 1, toNumber},
	"toString":            {2, 2, toString},
	"toUpperCase":         {1, 1, change(upper)},
	"trim":                {1, 1, change(trim)},
	"unescapeJson":        {1, 3, unescapeJSON},
	"uuid5":               {1, 2, uuid5},
}

// each applies a function to each that its first argument selects.
type each struct {
	arg   segment
	nulls bool // also to nulls, which are otherwise left out
	apply func(c *evaluation, f *Selected) *Selected
}

func (e each) eval(c *evaluation, yield func(*Selected) bool) {
	e.arg.eval(c, func(f *Selected) bool {
		if f.Value.IsNull() && !e.nulls {
			return true
		}
		out := e.apply(c, f)
		return c.err == nil && (out == nil || yield(out))
	})
}

// computed makes one value out of all its arguments.
type computed func(c *evaluation) *Selected

func (f computed) eval(c *evaluation, yield func(*Selected) bool) {
	if out := f(c); out != nil && c.err == nil {
		yield(out)
	}
}

func fieldName(args []segment) (segment, error) {
	return each{args[0], true, func(c *evaluation, f *Selected) *Selected {
		if f.Type == nil {
			return c.fail(errNoField)
		}
		return c.derive(f, record.StringValue(f.Name))
	}}, nil
}

func count(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		n := int64(0)
		args[0].eval(c, func(*Selected) bool { n++; return true })
		return c.made(record.LongValue(n), record.Long, "count")
	}), nil
}

func coalesce(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		for _, a := range args {
			if f := c.first(a); c.err != nil || f != nil && !f.Value.IsNull() {
				return f
			}
		}
		return nil
	}), nil
}

func replaceNull(args []segment) (segment, error) {
	return each{args[0], true, func(c *evaluation, f *Selected) *Selected {
		if !f.Value.IsNull() {
			return f
		}
		with := c.first(args[1])
		if with == nil || with.Value.IsNull() {
			return f
		}
		return c.derive(f, with.Value)
	}}, nil
}

// anchored evaluates its second argument with each record that the first one
// selects as the root.
func anchored(args []segment) (segment, error) {
	return spread{args[0], func(c *evaluation, f *Selected, yield func(*Selected) bool) bool {
		if r := f.Value.Record(); r != nil {
			return evalAtRoot(c, args[1], r, yield)
		}
		for _, item := range f.Value.Array() {
			if r := item.Record(); r != nil && !evalAtRoot(c, args[1], r, yield) {
				return false
			}
		}
		return true
	}}, nil
}

func evalAtRoot(c *evaluation, seg segment, root *record.Record, yield func(*Selected) bool) bool {
	inner := &evaluation{root: root}
	goOn := true
	seg.eval(inner, func(f *Selected) bool { goOn = yield(f); return goOn })
	if inner.err != nil {
		c.fail(inner.err)
	}
	return goOn && c.err == nil
}
