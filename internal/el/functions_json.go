package el

import (
	"errors"
	"strings"

	"github.com/braidflow/braid/sdk/jsonpath"
)

var jsonFunctions = []*function{
	{name: "jsonPath", subject: kindString, args: oneString, min: 1, result: kindString, check: checkPath, eval: evalJSONPath},
	{name: "jsonPathDelete", subject: kindString, args: oneString, min: 1, result: kindString, check: checkPath, eval: evalJSONUpdate},
	{name: "jsonPathSet", subject: kindString, args: []kind{kindString, kindAny}, min: 2, result: kindString, check: checkUpdate, eval: evalJSONUpdate},
	{name: "jsonPathAdd", subject: kindString, args: []kind{kindString, kindAny}, min: 2, result: kindString, check: checkUpdate, eval: evalJSONUpdate},
	{name: "jsonPathPut", subject: kindString, args: []kind{kindString, kindAny, kindAny}, min: 3, result: kindString, check: checkUpdate, eval: evalJSONUpdate},
}

// checkPath compiles a literal path with the expression.
func checkPath(n *callNode) error {
	v, ok := n.literalArg(0)
	if !ok {
		return nil
	}
	p, err := jsonpath.Compile(v.s)
	if err == nil {
		n.ready = p
	}
	return err
}

// checkUpdate also wants values that JSON has a form for.
func checkUpdate(n *callNode) error {
	for _, a := range n.args[1:] {
		_, mapped := a.(*mapNode)
		if k := a.kind(); mapped || k == kindDate || k == kindInstant {
			return errors.New("Cannot implicitly convert Data Type " + k.String() + " to a JSON value")
		}
	}
	return checkPath(n)
}

// document parses the subject and finds the path; false after a failure.
func (n *callNode) document(r *run) (any, *jsonpath.Path, bool) {
	s, _ := n.on(r)
	if s == "" {
		r.evalError("Subject is empty")
		return nil, nil, false
	}
	doc, err := jsonpath.Parse(s)
	if err != nil {
		r.evalError("Subject contains invalid JSON: " + shorten(s))
		return nil, nil, false
	}
	if doc == nil {
		r.javaError("IllegalArgumentException", "json can not be null")
		return nil, nil, false
	}
	if p, ok := n.ready.(*jsonpath.Path); ok {
		return doc, p, true
	}
	text, _ := n.text(r, 0)
	p, err := n.prepared(text, func(s string) (any, error) { return jsonpath.Compile(s) })
	if err != nil {
		r.evalError("Invalid JSON Path expression: " + text)
		return nil, nil, false
	}
	return doc, p.(*jsonpath.Path), true
}

// evalJSONPath is empty where there is nothing; a list of one is that one.
func evalJSONPath(r *run, n *callNode) value {
	doc, path, ok := n.document(r)
	if !ok {
		return null
	}
	found, err := path.Read(doc)
	if err != nil {
		return str("")
	}
	for {
		list, ok := found.(*jsonpath.Array)
		if !ok || len(list.Items) != 1 {
			return str(jsonpath.Text(found))
		}
		found = list.Items[0]
	}
}

// evalJSONUpdate changes the document. It stays as it is if the path is not
// there (for jsonPathPut, and after any other failure, the result is empty).
func evalJSONUpdate(r *run, n *callNode) value {
	doc, path, ok := n.document(r)
	if !ok {
		return null
	}
	var err error
	switch n.fn.name {
	case "jsonPathDelete":
		err = path.Delete(doc)
	case "jsonPathSet":
		err = path.Set(doc, n.jsonArg(r, 1))
	case "jsonPathAdd":
		err = path.Add(doc, n.jsonArg(r, 1))
	default:
		var v any // a string, whatever it was: as NiFi's compiler has it
		if arg := n.arg(r, 2); !arg.isNull() {
			v = r.text(arg)
		}
		key := n.arg(r, 1)
		if key.isNull() {
			return r.javaError("NullPointerException", "jsonPathPut(): the key has no value")
		}
		err = path.Put(doc, r.text(key), v)
	}
	if err != nil && (!errors.Is(err, jsonpath.ErrNotFound) || n.fn.name == "jsonPathPut") {
		return str("")
	}
	return str(jsonpath.Format(doc))
}

// jsonArg is an argument as a JSON value of its own kind.
func (n *callNode) jsonArg(r *run, i int) any {
	v := n.arg(r, i)
	switch v.kind {
	case kindString:
		return v.s
	case kindBool:
		return v.isTrue()
	case kindWhole:
		return v.n
	case kindDecimal:
		return v.f
	}
	return nil
}

// evalIsJSON wants an array or an object; what follows its end is not looked at,
// except that the text must end as it began.
func evalIsJSON(r *run, n *callNode) value {
	s, _ := n.on(r)
	s = trim(s)
	object := strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}")
	array := strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]")
	if !object && !array {
		return boolean(false)
	}
	_, err := jsonpath.Parse(s)
	return boolean(err == nil)
}
