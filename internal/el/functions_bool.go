package el

import "strings"

var boolFunctions = []*function{
	{name: "isNull", subject: kindString, result: kindBool, eval: func(r *run, n *callNode) value {
		return boolean(n.subj.eval(r).isNull())
	}},
	{name: "notNull", subject: kindString, result: kindBool, eval: func(r *run, n *callNode) value {
		return boolean(!n.subj.eval(r).isNull())
	}},
	{name: "isEmpty", subject: kindString, result: kindBool, eval: func(r *run, n *callNode) value {
		s, _ := n.on(r)
		return boolean(isBlank(s))
	}},
	{name: "not", subject: kindBool, result: kindBool, eval: evalNot},
	{name: "and", subject: kindBool, args: []kind{kindBool}, min: 1, result: kindBool, eval: evalAnd},
	{name: "or", subject: kindBool, args: []kind{kindBool}, min: 1, result: kindBool, eval: evalOr},
	{name: "equals", subject: kindAny, args: []kind{kindAny}, min: 1, result: kindBool, eval: evalEquals},
	{name: "equalsIgnoreCase", subject: kindString, args: oneString, min: 1, result: kindBool, eval: compareText(equalsIgnoreCase)},
	{name: "startsWith", subject: kindString, args: oneString, min: 1, result: kindBool, eval: compareText(strings.HasPrefix)},
	{name: "endsWith", subject: kindString, args: oneString, min: 1, result: kindBool, eval: compareText(strings.HasSuffix)},
	{name: "contains", subject: kindString, args: oneString, min: 1, result: kindBool, eval: compareText(strings.Contains)},
	{name: "in", subject: kindString, args: oneString, min: 1, rest: true, result: kindBool, eval: evalIn},
	{name: "find", subject: kindString, args: oneString, min: 1, result: kindBool, check: checkPattern, eval: evalFind},
	{name: "matches", subject: kindString, args: oneString, min: 1, result: kindBool, check: checkPattern, eval: evalFind},
	{name: "gt", subject: kindNumber, args: oneNumber, min: 1, result: kindBool, eval: evalCompare},
	{name: "ge", subject: kindNumber, args: oneNumber, min: 1, result: kindBool, eval: evalCompare},
	{name: "lt", subject: kindNumber, args: oneNumber, min: 1, result: kindBool, eval: evalCompare},
	{name: "le", subject: kindNumber, args: oneNumber, min: 1, result: kindBool, eval: evalCompare},
	{name: "isJson", subject: kindString, result: kindBool, eval: evalIsJSON},
	{name: "isValidInstant", subject: kindString, result: kindBool, eval: evalIsValidInstant},
	{name: "isValidDate", subject: kindString, args: twoString, min: 1, result: kindBool, check: checkParse, eval: evalIsValidDate},
}

// compareText makes a function of a comparison that is false for a null.
func compareText(f func(a, b string) bool) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		s, ok := n.on(r)
		if !ok {
			return boolean(false)
		}
		other, ok := n.text(r, 0)
		return boolean(ok && f(s, other))
	}
}

func evalNot(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return r.javaError("NullPointerException", "not(): the subject has no value")
	}
	return boolean(!v.isTrue())
}

func evalAnd(r *run, n *callNode) value {
	if v := n.subj.eval(r); !v.isNull() && !v.isTrue() {
		return boolean(false)
	}
	return n.remembered(r)
}

func evalOr(r *run, n *callNode) value {
	if n.subj.eval(r).isTrue() {
		return boolean(true)
	}
	return n.remembered(r)
}

// remembered evaluates the right-hand side once, for a subject that iterates.
func (n *callNode) remembered(r *run) value {
	if v, ok := r.state[n].(value); ok {
		return v
	}
	v := n.arg(r, 0)
	if _, iterates := root(n).(*multiNode); iterates {
		r.setState(n, v)
	}
	return v
}

// evalEquals compares values of one kind as such and others by their text,
// in which a date is its milliseconds.
func evalEquals(r *run, n *callNode) value {
	a := n.subj.eval(r)
	if a.isNull() {
		return boolean(false)
	}
	b := n.arg(r, 0)
	switch {
	case b.isNull():
		return boolean(false)
	case n.subj.kind() != n.args[0].kind():
		return boolean(r.comparable(a) == r.comparable(b))
	case a.kind == kindDecimal && b.kind == kindDecimal:
		return boolean(r.text(a) == r.text(b)) // as Double.equals: NaN equals itself, 0.0 not -0.0
	}
	return boolean(a == b)
}

func (r *run) comparable(v value) string {
	if v.kind == kindDate {
		return r.text(whole(v.n))
	}
	return r.text(v)
}

func evalIn(r *run, n *callNode) value {
	s, ok := n.on(r)
	for i := 0; ok && i < len(n.args); i++ {
		if other, there := n.text(r, i); there && other == s {
			return boolean(true)
		}
	}
	return boolean(false)
}

func evalCompare(r *run, n *callNode) value {
	a := n.subj.eval(r)
	if a.isNull() {
		return boolean(false)
	}
	b := n.arg(r, 0)
	if b.isNull() {
		return boolean(false)
	}
	less, equal := a.n < b.n, a.n == b.n
	greater := a.n > b.n
	if a.kind == kindDecimal || b.kind == kindDecimal {
		x, y := a.double(), b.double()
		less, equal, greater = x < y, x == y, x > y
	}
	switch n.fn.name {
	case "gt":
		return boolean(greater)
	case "ge":
		return boolean(greater || equal)
	case "lt":
		return boolean(less)
	}
	return boolean(less || equal)
}
