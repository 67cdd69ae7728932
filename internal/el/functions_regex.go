package el

import (
	"errors"
	"strings"

	"github.com/braidflow/braid/sdk/javaregex"
)

// checkPattern compiles a literal pattern with the expression.
func checkPattern(n *callNode) error {
	v, ok := n.literalArg(0)
	if !ok {
		return nil
	}
	if v.isNull() {
		return errors.New(n.fn.name + "() needs a pattern, not null")
	}
	re, err := javaregex.Compile(v.s, 0)
	if err == nil {
		n.ready = re
	}
	return err
}

// evalFind is find (somewhere) and matches (the whole text).
func evalFind(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return boolean(false)
	}
	text := ""
	if n.ready == nil {
		if text, ok = n.text(r, 0); !ok {
			return boolean(false)
		}
	}
	re := n.pattern(r, text)
	if re == nil {
		return null
	}
	look := re.Match
	if n.fn.name == "find" {
		look = re.Find
	}
	found, err := look(s)
	if err != nil {
		return r.fail(regexError(err))
	}
	return boolean(found)
}

// mapping is one pattern:replacement of replaceByPattern.
type mapping struct {
	pattern *javaregex.Regexp
	with    string
}

func checkMapping(n *callNode) error {
	v, ok := n.literalArg(0)
	if !ok {
		return nil
	}
	maps, err := parseMappings(v.s)
	n.ready = maps
	return err
}

// parseMappings reads "pattern:replacement,..."; pairs with an empty side or a
// bad pattern are passed over, one without a colon is an error.
func parseMappings(text string) ([]mapping, error) {
	maps := []mapping{}
	if isBlank(text) {
		return maps, nil
	}
	for _, pair := range javaSplit(text, ",") {
		sides := javaSplit(trim(pair), ":")
		if len(sides) < 2 {
			return nil, &RuntimeError{"ArrayIndexOutOfBoundsException", "replaceByPattern(): no ':' in " + pair}
		}
		if isBlank(sides[0]) || isBlank(sides[1]) {
			continue
		}
		if re, err := javaregex.Compile(sides[0], 0); err == nil {
			maps = append(maps, mapping{re, sides[1]})
		}
	}
	return maps, nil
}

// javaSplit cuts as String.split does by a plain separator: empty pieces at the
// end fall away, an empty text is one piece.
func javaSplit(text, sep string) []string {
	if text == "" {
		return []string{""}
	}
	parts := strings.Split(text, sep)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

func evalReplaceByPattern(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	maps, compiled := n.ready.([]mapping)
	if !compiled {
		text, ok := n.text(r, 0)
		if !ok {
			return str(s)
		}
		ready, err := n.prepared(text, func(s string) (any, error) { return parseMappings(s) })
		if err != nil {
			return r.fail(err)
		}
		maps = ready.([]mapping)
	}
	for _, m := range maps {
		found, err := m.pattern.Match(s)
		if err != nil {
			return r.fail(regexError(err))
		}
		if found {
			return str(m.with)
		}
	}
	return str(s)
}

// regexError is the failure of a pattern as the exception Java would throw.
func regexError(err error) error {
	class := "PatternSyntaxException"
	switch {
	case errors.Is(err, javaregex.ErrNoGroup):
		class = "IndexOutOfBoundsException"
	case errors.Is(err, javaregex.ErrReplacement):
		class = "IllegalArgumentException"
	case errors.Is(err, javaregex.ErrTimeout):
		class = "StackOverflowError"
	}
	return &RuntimeError{class, err.Error()}
}
