package el

import "strings"

// maxText bounds what repeat and the padding functions may make.
const maxText = 64 << 20

var stringFunctions = []*function{
	{name: "toUpper", subject: kindString, result: kindString, eval: mapText(toUpper)},
	{name: "toLower", subject: kindString, result: kindString, eval: mapText(toLower)},
	{name: "trim", subject: kindString, result: kindString, eval: mapText(trim)},
	{name: "toString", subject: kindAny, result: kindString, eval: evalToString},
	{name: "append", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalAppend},
	{name: "prepend", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalPrepend},
	{name: "replaceNull", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalReplaceNull},
	{name: "replaceEmpty", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalReplaceEmpty},
	{name: "substringBefore", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalSubstringBefore},
	{name: "substringBeforeLast", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalSubstringBeforeLast},
	{name: "substringAfter", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalSubstringAfter},
	{name: "substringAfterLast", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalSubstringAfterLast},
	{name: "substring", subject: kindString, args: []kind{kindWhole, kindWhole}, min: 1, result: kindString, eval: evalSubstring},
	{name: "replace", subject: kindString, args: twoString, min: 2, result: kindString, eval: evalReplace},
	{name: "replaceFirst", subject: kindString, args: twoString, min: 2, result: kindString, eval: evalReplaceFirst},
	{name: "replaceAll", subject: kindString, args: twoString, min: 2, result: kindString, eval: evalReplaceAll},
	{name: "replaceByPattern", subject: kindString, args: oneString, min: 1, result: kindString, check: checkMapping, eval: evalReplaceByPattern},
	{name: "padLeft", subject: kindString, args: []kind{kindWhole, kindString}, min: 1, result: kindString, eval: evalPad},
	{name: "padRight", subject: kindString, args: []kind{kindWhole, kindString}, min: 1, result: kindString, eval: evalPad},
	{name: "repeat", subject: kindString, args: []kind{kindWhole, kindWhole}, min: 1, result: kindString, volatile: true, eval: evalRepeat},
	{name: "ifElse", subject: kindBool, args: twoString, min: 2, result: kindString, eval: evalIfElse},
	{name: "evaluateELString", subject: kindString, result: kindString, volatile: true, eval: evalELString},
}

// mapText makes a function of one that turns text into text and leaves null alone.
func mapText(f func(string) string) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		v := n.subj.eval(r)
		if v.isNull() {
			return null
		}
		return str(f(v.s))
	}
}

func evalToString(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	return str(r.text(v))
}

func evalAppend(r *run, n *callNode) value {
	s, _ := n.on(r)
	tail, _ := n.text(r, 0)
	return str(s + tail)
}

func evalPrepend(r *run, n *callNode) value {
	s, _ := n.on(r)
	head, _ := n.text(r, 0)
	return str(head + s)
}

func evalReplaceNull(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return n.arg(r, 0)
	}
	return v
}

func evalReplaceEmpty(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() || isBlank(v.s) {
		return n.arg(r, 0)
	}
	return v
}

func evalSubstringBefore(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	mark, _ := n.text(r, 0)
	if i := strings.Index(s, mark); mark != "" && i >= 0 {
		s = s[:i]
	}
	return str(s)
}

func evalSubstringBeforeLast(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	mark, ok := n.needed(r, 0)
	if i := strings.LastIndex(s, mark); ok && i >= 0 {
		s = s[:i]
	}
	return str(s)
}

func evalSubstringAfter(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	mark, _ := n.text(r, 0)
	if i := strings.Index(s, mark); mark != "" && i >= 0 {
		s = s[i+len(mark):]
	}
	return str(s)
}

func evalSubstringAfterLast(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	mark, ok := n.needed(r, 0)
	if i := strings.LastIndex(s, mark); ok && i >= 0 && i < len(s) {
		s = s[i+len(mark):]
	}
	return str(s)
}

// evalSubstring yields nothing where the bounds do not fit.
func evalSubstring(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	from, ok := n.neededLong(r, 0)
	if !ok {
		return null
	}
	to := textLength(s)
	if len(n.args) > 1 {
		end, ok := n.neededLong(r, 1)
		if !ok {
			return null
		}
		if int(int32(end)) > to {
			return str("")
		}
		to = int(int32(end))
	}
	start := int(int32(from))
	if start < 0 || start > to {
		return str("")
	}
	return str(slice(s, start, to))
}

func evalReplace(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	search, ok1 := n.needed(r, 0)
	with, ok2 := n.needed(r, 1)
	if !ok1 || !ok2 {
		return null
	}
	return str(strings.ReplaceAll(s, search, with))
}

func evalReplaceFirst(r *run, n *callNode) value { return replaceRegex(r, n, false) }
func evalReplaceAll(r *run, n *callNode) value   { return replaceRegex(r, n, true) }

func replaceRegex(r *run, n *callNode, all bool) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	search, ok1 := n.needed(r, 0)
	if !ok1 {
		return null
	}
	re := n.pattern(r, search)
	with, ok2 := n.text(r, 1)
	if re == nil {
		return null
	}
	if !ok2 && all { // Java looks at the replacement only where something matches
		found, err := re.Find(s)
		if err != nil {
			return r.fail(regexError(err))
		}
		if !found {
			return str(s)
		}
	}
	if !ok2 {
		n.needed(r, 1)
		return null
	}
	replace := re.ReplaceFirst
	if all {
		replace = re.ReplaceAll
	}
	out, err := replace(s, with)
	if err != nil {
		return r.fail(regexError(err))
	}
	return str(out)
}

// evalPad is padLeft and padRight. A length of none, below 1 or beyond Java's
// int leaves the text alone; no padding means an underscore.
func evalPad(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	size := n.arg(r, 0)
	if size.isNull() || size.n <= 0 || size.n > 1<<31-1 {
		return str(s)
	}
	pad, _ := n.text(r, 1)
	if pad == "" {
		pad = "_"
	}
	missing := int(size.n) - textLength(s)
	if missing <= 0 {
		return str(s)
	}
	if missing > maxText {
		return r.evalError(n.fn.name + "(): the result would be too large")
	}
	width := textLength(pad)
	fill := strings.Repeat(pad, missing/width) + slice(pad, 0, missing%width)
	if n.fn.name == "padLeft" {
		return str(fill + s)
	}
	return str(s + fill)
}

func evalRepeat(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return str("")
	}
	count, ok := n.neededLong(r, 0)
	if !ok {
		return null
	}
	times := int64(int32(count))
	if times <= 0 {
		return r.evalError("Number of repeats must be > 0")
	}
	if len(n.args) > 1 {
		most, ok := n.neededLong(r, 1)
		if !ok {
			return null
		}
		if times > int64(int32(most)) {
			return r.evalError("Min repeats must not be greater than max repeats")
		}
		times = r.env.between(times, int64(int32(most)))
	}
	if times*int64(len(s)) > maxText {
		return r.evalError("repeat(): the result would be too large")
	}
	return str(strings.Repeat(s, int(times)))
}

func evalIfElse(r *run, n *callNode) value {
	if n.subj.eval(r).isTrue() {
		return n.arg(r, 0)
	}
	return n.arg(r, 1)
}

// evalELString evaluates text as a property value of its own; parameters are
// out of its reach.
func evalELString(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	if r.depth >= maxDepth {
		return r.evalError(ErrTooDeep.Error())
	}
	e, err := n.prepared(s, func(s string) (any, error) { return r.compile(s) })
	if err != nil {
		return r.evalError("Invalid Expression: " + s + " due to " + err.Error())
	}
	inner := &run{env: r.env, compile: r.compile, depth: r.depth + 1}
	out := e.(*Expr).text(inner)
	if inner.err != nil {
		return r.fail(inner.err)
	}
	return str(out)
}
