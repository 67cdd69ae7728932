package el

var startFunctions = []*function{
	{name: "literal", args: []kind{kindAny}, min: 1, result: kindString, eval: evalLiteral},
	{name: "now", result: kindDate, volatile: true, eval: func(r *run, _ *callNode) value {
		return date(r.env.now().UnixMilli())
	}},
	{name: "UUID", result: kindString, volatile: true, eval: func(r *run, _ *callNode) value {
		return str(r.env.newUUID())
	}},
	{name: "nextInt", result: kindWhole, volatile: true, eval: func(r *run, _ *callNode) value {
		return whole(r.env.nextInt())
	}},
	{name: "random", result: kindWhole, volatile: true, eval: func(r *run, _ *callNode) value {
		return whole(r.env.random())
	}},
	{name: "thread", result: kindString, volatile: true, eval: func(r *run, _ *callNode) value {
		return str(r.env.ThreadName)
	}},
	{name: "hostname", args: []kind{kindBool}, result: kindString, volatile: true, eval: evalHostname},
	{name: "ip", result: kindString, volatile: true, eval: evalIP},
	{name: "getStateValue", args: oneString, min: 1, result: kindString, volatile: true, eval: evalStateValue},
	{name: "math", args: oneString, min: 1, result: kindNumber, volatile: true, eval: evalMathStart},
	{
		name: "getUri", args: []kind{kindString, kindString, kindString, kindString, kindString, kindString, kindString}, min: 7,
		result: kindString, eval: evalURI,
	},
}

// evalLiteral is the argument's text; NiFi prints a null as the word null.
func evalLiteral(r *run, n *callNode) value {
	v := n.arg(r, 0)
	if v.isNull() {
		return str("null")
	}
	return str(r.text(v))
}

func evalHostname(r *run, n *callNode) value {
	name, err := r.env.hostname(n.arg(r, 0).isTrue())
	if err != nil {
		return r.evalError("hostname(): " + err.Error())
	}
	return str(name)
}

func evalIP(r *run, _ *callNode) value {
	ip, err := r.env.ip()
	if err != nil {
		return r.evalError("ip(): " + err.Error())
	}
	return str(ip)
}

func evalStateValue(r *run, n *callNode) value {
	key, ok := n.text(r, 0)
	if !ok || r.env.State == nil {
		return null
	}
	if v, ok := r.env.State(key); ok {
		return str(v)
	}
	return null
}
