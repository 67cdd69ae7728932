package jolt

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// function is a function of a modify operation. It is not ok if there is no result: the next choice is tried.
type function func(args []any) (any, bool)

var functions = map[string]function{
	"toLower": single(text(strings.ToLower)), "toUpper": single(text(strings.ToUpper)), "trim": single(text(strings.TrimSpace)),
	"concat": list(concat), "join": special(join), "split": special(split), "substring": list(substring),
	"leftPad": special(pad(true)), "rightPad": special(pad(false)),
	"min": extreme(-1), "max": extreme(1), "abs": single(abs), "avg": list(average),
	"intSum": list(sum(toInteger)), "longSum": list(sum(toLong)), "doubleSum": list(sum(toDouble)),
	"intSubtract": list(subtract(toInteger)), "longSubtract": list(subtract(toLong)), "doubleSubtract": list(subtract(toDouble)),
	"divide": list(divide), "divideAndRound": special(divideAndRound),
	"toInteger": single(toInteger), "toLong": single(toLong), "toDouble": single(toDouble), "toBoolean": single(toBoolean),
	"toString": single(func(v any) (any, bool) { return toText(v), true }), "size": size,
	"squashNulls": squash(false), "recursivelySquashNulls": squash(true), "squashDuplicates": squashDuplicates,
	"noop":         func([]any) (any, bool) { return nil, false },
	"isPresent":    func(a []any) (any, bool) { return first(a), len(a) > 0 },
	"notNull":      func(a []any) (any, bool) { return first(a), first(a) != nil },
	"isNull":       func(a []any) (any, bool) { return nil, len(a) > 0 && a[0] == nil },
	"firstElement": list(func(a []any) (any, bool) { return first(a), len(a) > 0 }),
	"lastElement":  list(func(a []any) (any, bool) { return a[len(a)-1], true }),
	"elementAt": special(func(a []any) (any, bool) {
		n, isNumber := a[0].(int64)
		if !isNumber || n < 0 || n >= int64(len(a)-1) {
			return nil, false
		}
		return a[n+1], true
	}),
	"toList": func(a []any) (any, bool) {
		items, one := arguments(a)
		if items == nil || one && items[0] == nil {
			return nil, false
		}
		return &jsonpath.Array{Items: items}, true
	},
	"sort": sortItems,
}

func first(a []any) any {
	if len(a) == 0 {
		return nil
	}
	return a[0]
}

// arguments are the elements of a list that is the only argument, or the arguments; one says that it is a single other value.
func arguments(a []any) (items []any, one bool) {
	if len(a) == 1 {
		if l, ok := a[0].(*jsonpath.Array); ok {
			return slices.Clone(l.Items), false
		}
		return a, true
	}
	return a, false
}

// single applies f to one value, or to each of several, of which those without a result stay as they are.
func single(f func(any) (any, bool)) function {
	return func(a []any) (any, bool) {
		items, one := arguments(a)
		if len(items) == 0 || one && items[0] == nil {
			return nil, false
		}
		if one {
			return f(items[0])
		}
		out := slices.Clone(items)
		for i, v := range items {
			if r, ok := f(v); ok {
				out[i] = r
			}
		}
		return &jsonpath.Array{Items: out}, true
	}
}

// list applies f to several values.
func list(f func([]any) (any, bool)) function {
	return func(a []any) (any, bool) {
		items, one := arguments(a)
		if len(items) == 0 || one {
			return nil, false
		}
		return f(items)
	}
}

// special applies f to a first argument that says how, and the others.
func special(f func([]any) (any, bool)) function {
	return func(a []any) (any, bool) {
		a, _ = arguments(a)
		if len(a) < 2 {
			return nil, false
		}
		if l, ok := a[1].(*jsonpath.Array); ok && len(a) == 2 {
			return f(append([]any{a[0]}, l.Items...))
		}
		return f(a)
	}
}

func text(f func(string) string) func(any) (any, bool) {
	return func(v any) (any, bool) {
		s, ok := v.(string)
		return f(s), ok
	}
}

// toText is a value as Java's String.valueOf prints it, null as "null".
func toText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *jsonpath.Array:
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			parts[i] = toText(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *jsonpath.Object:
		var parts []string
		for _, k := range v.Keys() {
			sub, _ := v.Get(k)
			parts = append(parts, k+"="+toText(sub))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return jsonpath.Text(v)
}

func concat(a []any) (any, bool) {
	var b strings.Builder
	for _, v := range a {
		if v != nil {
			b.WriteString(toText(v))
		}
	}
	return b.String(), true
}

func join(a []any) (any, bool) {
	separator, ok := a[0].(string)
	if !ok {
		return nil, false
	}
	var parts []string
	for _, v := range a[1:] {
		if v != nil && toText(v) != "" {
			parts = append(parts, toText(v))
		}
	}
	return strings.Join(parts, separator), true
}

func split(a []any) (any, bool) {
	separator, ok := a[0].(string)
	re, err := javaregex.Compile(separator, 0)
	if !ok || err != nil {
		return nil, false
	}
	one := func(v any) (any, bool) {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		parts, err := re.Split(s, 0)
		if err != nil {
			return nil, false
		}
		out := &jsonpath.Array{}
		for _, p := range parts {
			out.Items = append(out.Items, p)
		}
		return out, true
	}
	if len(a) == 2 {
		return one(a[1])
	}
	return single(one)(a[1:])
}

func substring(a []any) (any, bool) {
	if len(a) != 3 {
		return nil, false
	}
	s, isText := a[0].(string)
	from, ok1 := a[1].(int64)
	to, ok2 := a[2].(int64)
	runes := []rune(s)
	if !isText || !ok1 || !ok2 || from < 0 || from >= to || from > int64(len(runes)) {
		return nil, false
	}
	return string(runes[from:min(to, int64(len(runes)))]), true
}

func pad(left bool) func([]any) (any, bool) {
	return func(a []any) (any, bool) {
		if len(a) != 3 {
			return nil, false
		}
		s, ok := a[0].(string)
		width, ok1 := a[1].(int64)
		fill, ok2 := a[2].(string)
		if !ok || !ok1 || !ok2 || utf8.RuneCountInString(fill) != 1 || width <= 0 || width > 500 {
			return nil, false
		}
		more := strings.Repeat(fill, max(int(width)-utf8.RuneCountInString(s), 0))
		if left {
			return more + s, true
		}
		return s + more, true
	}
}

// toNumber reads a number from a text.
func toNumber(v any) (any, bool) {
	switch v := v.(type) {
	case int64, float64, *big.Int:
		return v, true
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil && !strings.ContainsAny(v, "xXpP_") {
			return f, true
		}
	}
	return nil, false
}

func float(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	}
	return 0
}

func toLong(v any) (any, bool) {
	n, ok := toNumber(v)
	switch n := n.(type) {
	case int64:
		return n, true
	case *big.Int:
		return n.Int64(), n.IsInt64()
	}
	f := float(n)
	return int64(max(min(f, math.MaxInt64/2), math.MinInt64/2)), ok && !math.IsNaN(f)
}

func toInteger(v any) (any, bool) {
	n, ok := toLong(v)
	if !ok {
		return nil, false
	}
	return int64(int32(n.(int64))), true //nolint:gosec // as Java's intValue
}

func toDouble(v any) (any, bool) {
	n, ok := toNumber(v)
	return float(n), ok
}

func toBoolean(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return strings.EqualFold(v, "true"), strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	}
	return nil, false
}

func abs(v any) (any, bool) {
	n, ok := toNumber(v)
	switch n := n.(type) {
	case int64:
		return max(n, -n), true
	case *big.Int:
		return new(big.Int).Abs(n), true
	}
	return math.Abs(float(n)), ok
}

// extreme is the smallest or largest number; a double wins over a whole number only if it is beyond it.
func extreme(sign float64) function {
	return func(a []any) (any, bool) {
		items, _ := arguments(a)
		var best any
		for _, v := range items {
			if n, ok := toNumber(v); ok && (best == nil || (float(n)-float(best))*sign > 0) {
				best = n
			}
		}
		return best, best != nil
	}
}

func average(a []any) (any, bool) {
	total, n := 0.0, 0
	for _, v := range a {
		if x, ok := toNumber(v); ok {
			total += float(x)
			n++
		}
	}
	return total / float64(max(n, 1)), n > 0
}

func plus(x, y any) any {
	if a, ok := x.(int64); ok {
		return a + y.(int64) //nolint:forcetypeassert // both have the same type
	}
	return float(x) + float(y)
}

func negative(x any) any {
	if a, ok := x.(int64); ok {
		return -a
	}
	return -float(x)
}

func sum(convert func(any) (any, bool)) func([]any) (any, bool) {
	return func(a []any) (any, bool) {
		var total any
		for _, v := range a {
			n, ok := convert(v)
			switch {
			case !ok:
			case total == nil:
				total = n
			default:
				total = plus(total, n)
			}
		}
		if total == nil {
			total, _ = convert("0")
		}
		return total, true
	}
}

func subtract(convert func(any) (any, bool)) func([]any) (any, bool) {
	return func(a []any) (any, bool) {
		if len(a) != 2 {
			return nil, false
		}
		x, ok1 := convert(a[0])
		y, ok2 := convert(a[1])
		if !ok1 || !ok2 {
			return nil, false
		}
		return plus(x, negative(y)), true
	}
}

func divide(a []any) (any, bool) {
	if len(a) != 2 {
		return nil, false
	}
	x, ok1 := toNumber(a[0])
	y, ok2 := toNumber(a[1])
	if !ok1 || !ok2 || float(y) == 0 {
		return nil, false
	}
	return float(x) / float(y), true
}

func divideAndRound(a []any) (any, bool) {
	n, isNumber := a[0].(int64)
	q, ok := divide(a[1:])
	if !isNumber || !ok || n < 0 || n > 300 {
		return nil, false
	}
	f, err := strconv.ParseFloat(new(big.Float).SetMode(big.ToNearestAway).SetFloat64(float(q)).Text('f', int(n)), 64)
	return f, err == nil
}

func size(a []any) (any, bool) {
	switch {
	case len(a) == 0:
		return nil, false
	case len(a) > 1:
		return int64(len(a)), true
	}
	switch v := a[0].(type) {
	case *jsonpath.Array:
		return int64(len(v.Items)), true
	case *jsonpath.Object:
		return int64(len(v.Keys())), true
	case string:
		return int64(utf8.RuneCountInString(v)), true
	}
	return nil, false
}

func squash(deeply bool) function {
	return func(a []any) (any, bool) {
		if len(a) == 0 || len(a) == 1 && a[0] == nil {
			return nil, false
		}
		v := first(a)
		if len(a) > 1 {
			v = &jsonpath.Array{Items: a}
		}
		squashNulls(v, deeply)
		return v, true
	}
}

func squashNulls(v any, deeply bool) {
	switch v := v.(type) {
	case *jsonpath.Array:
		v.Items = slices.DeleteFunc(v.Items, func(item any) bool { return item == nil })
		for _, item := range v.Items {
			if deeply {
				squashNulls(item, true)
			}
		}
	case *jsonpath.Object:
		for _, k := range slices.Clone(v.Keys()) {
			sub, _ := v.Get(k)
			if sub == nil {
				v.Delete(k)
			} else if deeply {
				squashNulls(sub, true)
			}
		}
	}
}

func squashDuplicates(a []any) (any, bool) {
	l, ok := first(a).(*jsonpath.Array)
	if !ok {
		return first(a), len(a) > 0 && a[0] != nil
	}
	seen := map[string]bool{}
	out := &jsonpath.Array{}
	for _, item := range l.Items {
		if k := jsonpath.Format(item); !seen[k] {
			seen[k] = true
			out.Items = append(out.Items, item)
		}
	}
	return out, true
}

// sortItems sorts numbers or texts; of both it makes nothing.
func sortItems(a []any) (any, bool) {
	items, one := arguments(a)
	if one {
		return items[0], items[0] != nil
	}
	out := slices.Clone(items)
	ok := len(out) > 0
	slices.SortStableFunc(out, func(x, y any) int {
		s, xText := x.(string)
		t, yText := y.(string)
		switch {
		case xText && yText:
			return strings.Compare(s, t)
		case xText || yText || x == nil || y == nil:
			ok = false
			return 0
		}
		return int(math.Copysign(1, float(x)-float(y))) * boolInt(float(x) != float(y))
	})
	return &jsonpath.Array{Items: out}, ok
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
