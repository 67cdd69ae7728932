package recordpath

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/braidflow/braid/sdk/record"
)

func compileRoot(n *node) (segment, error) {
	if n.kind == nodeString || n.kind == nodeNumber {
		return broken{errors.New("a literal alone selects nothing")}, nil
	}
	return compile(n, nil)
}

// compile builds the segment of a tree that stands behind parent; a relative path
// without parent refers to the context of the evaluation.
func compile(n *node, parent segment) (segment, error) {
	switch n.kind {
	case nodePath:
		return compileSteps(n.kids, rootSegment{})
	case nodeRelative:
		return compileSteps(n.kids, parent)
	case nodeString:
		return literal{record.StringValue(n.text)}, nil
	case nodeNumber:
		return compileNumber(n.text)
	case nodeFunction:
		return compileFunction(n)
	case nodeOperator:
		f, err := compileFilter(n, nil)
		return filterSegment{f}, err
	}
	return compileStep(n, parent)
}

func compileSteps(steps []*node, parent segment) (seg segment, err error) {
	seg = parent
	for _, s := range steps {
		if seg, err = compileStep(s, seg); err != nil {
			return nil, err
		}
	}
	return seg, nil
}

func compileStep(n *node, parent segment) (segment, error) {
	switch n.kind {
	case nodeRoot:
		return rootSegment{}, nil
	case nodeChild:
		return childSegment(parent, n.text), nil
	case nodeWildChild:
		return wildChild(parent), nil
	case nodeDescendant:
		return descendants(parent, n.text, false), nil
	case nodeWildDescendant:
		return descendants(parent, "", true), nil
	case nodeCurrent:
		return current{parent}, nil
	case nodeParent:
		return parentSegment(parent), nil
	case nodeAny:
		return anyIndex(parent), nil
	case nodeKeys:
		keys := make([]string, len(n.kids))
		for i, k := range n.kids {
			keys[i] = k.text
		}
		return keysSegment(parent, keys), nil
	case nodeIndexes:
		return compileIndexes(n, parent)
	case nodePredicate:
		f, err := compileFilter(n.kids[0], parent)
		return predicate{parent, f}, err
	}
	return nil, fmt.Errorf("unexpected %q", n.text)
}

func compileNumber(text string) (segment, error) {
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("number %s is too large", text)
	}
	if i == int64(int32(i)) {
		return literal{record.IntValue(int32(i))}, nil
	}
	return literal{record.LongValue(i)}, nil
}

func compileIndexes(n *node, parent segment) (segment, error) {
	var spans []span
	for _, k := range n.kids {
		from, err := parseIndex(k.text)
		if err != nil {
			return nil, err
		}
		s := span{from, from}
		if k.kind == nodeRange {
			if s.to, err = parseIndex(k.kids[0].text); err != nil {
				return nil, err
			}
		} else if len(n.kids) == 1 {
			return indexSegment(parent, from), nil
		}
		spans = append(spans, s)
	}
	return indexesSegment(parent, spans), nil
}

func parseIndex(text string) (int, error) {
	i, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("array index %s is too large", text)
	}
	return int(i), nil
}

func compileFunction(n *node) (segment, error) {
	if filterNames[n.text] {
		f, err := compileFilterFunction(n)
		return filterSegment{f}, err
	}
	spec, ok := functions[n.text]
	if !ok {
		return nil, fmt.Errorf("there is no function %q", n.text)
	}
	args, err := compileArguments(n, spec.min, spec.max)
	if err != nil {
		return nil, err
	}
	return spec.make(args)
}

func compileArguments(n *node, least, most int) ([]segment, error) {
	if len(n.kids) < least || most >= 0 && len(n.kids) > most {
		return nil, fmt.Errorf("function %s does not take %d arguments", n.text, len(n.kids))
	}
	args := make([]segment, len(n.kids))
	for i, k := range n.kids {
		var err error
		if args[i], err = compile(k, nil); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func compileFilter(n *node, parent segment) (filter, error) {
	switch n.kind {
	case nodeFunction:
		return compileFilterFunction(n)
	case nodeOperator:
		left, err := compile(n.kids[0], parent)
		if err != nil {
			return nil, err
		}
		right, err := compile(n.kids[1], parent)
		return &comparison{left, right, comparisons[n.text], n.text}, err
	}
	return nil, errors.New("a predicate needs a comparison or a filter function")
}

func compileFilterFunction(n *node) (filter, error) {
	if n.text == "not" {
		f, err := compileFilter(n.kids[0], nil)
		return negation{f}, err
	}
	spec, ok := filters[n.text]
	if !ok {
		return nil, fmt.Errorf("function %q is no filter", n.text)
	}
	args, err := compileArguments(n, spec.args, spec.args)
	if err != nil {
		return nil, err
	}
	test, err := spec.make(args)
	return &fieldTest{args[0], test}, err
}
