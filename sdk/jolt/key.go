package jolt

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/jsonpath"
)

type keyKind int

// The kinds, the computed ones in the order in which they are tried.
const (
	keyLiteral keyKind = iota
	keyAmp             // with &
	keyArray           // [ ]
	keyStars           // with three * or more
	keyTwoStars
	keyOneStar
	keyStar   // * alone
	keyAt     // @
	keyLookup // @(1,a.b)
	keyDollar // $
	keyHash   // #text
)

// ref is a reference to a key on the walked path: how many levels up, and which part of it.
type ref struct{ up, part int }

func (r ref) value(w *walk) (string, bool) {
	p := w.up(r.up)
	if p == nil {
		return "", false
	}
	return p.key.part(r.part)
}

// key is one key of the left side of a specification, or one step of a path on the right.
type key struct {
	kind  keyKind
	text  string // without escapes
	stars *regexp.Regexp
	// of &: texts and references in turn; $ has one reference
	texts []string
	refs  []ref
	// of @: where to look
	up   int
	path []*key
	// of [ ]: an index, or where it comes from
	auto   bool
	at     int
	lookup *key
	count  bool // [#]
}

// parseKey parses a key. Escaped characters have no meaning of their own.
func parseKey(raw string) (*key, error) {
	plain, escaped := unescape(raw)
	k := &key{text: plain}
	special := func(chars string) bool { return strings.ContainsAny(escaped, chars) }
	switch {
	case escaped == "@":
		k.kind = keyAt
	case escaped == "*":
		k.kind = keyStar
	case strings.HasPrefix(escaped, "["):
		return parseArray(raw, plain)
	case strings.HasPrefix(escaped, "@"):
		return parseLookup(raw)
	case special("@"):
		return nil, specError("key %q cannot have an @ but at its start", raw)
	case special("$"):
		k.kind = keyDollar
		r, rest, err := parseRef(plain[1:])
		if err != nil || plain[0] != '$' || rest != "" {
			return nil, specError("key %q is no reference such as $1 or $(1,2)", raw)
		}
		k.refs = []ref{r}
	case special("["):
		return nil, specError("key %q: an index must stand by itself", raw)
	case special("&"):
		if special("*") {
			return nil, specError("key %q cannot have both * and &", raw)
		}
		return k, k.parseAmp(plain)
	case special("*"):
		n := strings.Count(escaped, "*")
		k.kind = map[int]keyKind{1: keyOneStar, 2: keyTwoStars}[n]
		if n > 2 {
			k.kind = keyStars
		}
		k.stars = starPattern(raw)
	case special("#"):
		k.kind = keyHash
		k.text = strings.TrimPrefix(plain, "#")
	}
	return k, nil
}

// unescape returns a key without backslashes, and with escaped characters replaced by something without meaning.
func unescape(raw string) (plain, inspected string) {
	if !strings.Contains(raw, `\`) {
		return raw, raw
	}
	var p, i strings.Builder
	escaped := false
	for _, r := range raw {
		switch {
		case escaped:
			p.WriteRune(r)
			i.WriteByte('_')
			escaped = false
		case r == '\\':
			escaped = true
		default:
			p.WriteRune(r)
			i.WriteRune(r)
		}
	}
	return p.String(), i.String()
}

// starPattern matches what a key with stars matches; each stands for at least one character, and as few as possible.
func starPattern(raw string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s)^")
	escaped := false
	for _, r := range raw {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == '*':
			b.WriteString("(.+?)")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	return regexp.MustCompile(b.String() + "$") // all of it is quoted
}

// parseRef parses what follows & or $: nothing, 1, (1) or (1,2).
func parseRef(s string) (r ref, rest string, err error) {
	if strings.HasPrefix(s, "(") {
		inside, after, ok := strings.Cut(s[1:], ")")
		up, part, both := strings.Cut(inside, ",")
		var e1, e2 error
		r.up, e1 = strconv.Atoi(strings.TrimSpace(up))
		if both {
			r.part, e2 = strconv.Atoi(strings.TrimSpace(part))
		}
		if !ok || e1 != nil || e2 != nil || r.up < 0 || r.part < 0 {
			return r, "", specError("reference %q is not like (1,2)", s)
		}
		return r, after, nil
	}
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 0 {
		if r.up, err = strconv.Atoi(s[:n]); err != nil {
			return r, "", specError("reference %q is too large", s)
		}
	}
	return r, s[n:], nil
}

func (k *key) parseAmp(s string) error {
	k.kind = keyAmp
	for {
		text, rest, found := strings.Cut(s, "&")
		k.texts = append(k.texts, text)
		if !found {
			return nil
		}
		r, rest, err := parseRef(rest)
		if err != nil {
			return err
		}
		k.refs = append(k.refs, r)
		s = rest
	}
}

func parseArray(raw, plain string) (*key, error) {
	if !strings.HasSuffix(plain, "]") || strings.Count(plain, "[") != 1 {
		return nil, specError("index %q is not like [], [1], [&1], [#1] or [@1]", raw)
	}
	k := &key{kind: keyArray, text: plain, at: -1}
	inside := plain[1 : len(plain)-1]
	switch {
	case inside == "":
		k.auto = true
	case inside[0] == '&', inside[0] == '#':
		r, rest, err := parseRef(inside[1:])
		if err != nil || rest != "" {
			return nil, specError("index %q is no reference", raw)
		}
		k.refs, k.count = []ref{r}, inside[0] == '#'
	case inside[0] == '@':
		lookup, err := parseLookup(inside)
		if err != nil {
			return nil, err
		}
		k.lookup = lookup
	default:
		at, ok := index(inside)
		if !ok {
			return nil, specError("index %q is no number", raw)
		}
		k.at = at
	}
	return k, nil
}

// parseLookup parses @1, @name, @(1,path) or @(path).
func parseLookup(raw string) (*key, error) {
	k := &key{kind: keyLookup, text: raw}
	s := raw[1:]
	if strings.HasPrefix(s, "(") {
		if !strings.HasSuffix(s, ")") {
			return nil, specError("%q has no closing parenthesis", raw)
		}
		s = s[1 : len(s)-1]
	}
	if strings.ContainsAny(s, "@*") || strings.Contains(s, "[]") || s == "" {
		return nil, specError("%q is no path to look up", raw)
	}
	path := s
	if s[0] >= '0' && s[0] <= '9' {
		up, rest, _ := strings.Cut(s, ",")
		n, err := strconv.Atoi(up)
		if err != nil {
			return nil, specError("%q does not start with a number of levels", raw)
		}
		k.up, path = n, rest
	}
	var err error
	if path != "" {
		k.path, err = parsePath(path)
	}
	return k, err
}

// parsePath splits a path at its dots and brackets, but for those within parentheses.
func parsePath(path string) ([]*key, error) {
	var parts []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			parts = append(parts, b.String())
			b.Reset()
		}
	}
	depth, escaped := 0, false
	for _, r := range path {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth == 0 && r == '.':
			flush()
			continue
		case depth == 0 && r == '[':
			flush()
		}
		b.WriteRune(r)
		if r == ']' && depth == 0 {
			flush()
		}
	}
	flush()
	if len(parts) > maxDepth {
		return nil, specError("path %.50q is too long", path)
	}
	keys := make([]*key, len(parts))
	for i, part := range parts {
		k, err := parseKey(part)
		if err != nil {
			return nil, err
		}
		if k.kind == keyAt || k.kind == keyDollar || k.stars != nil || k.kind == keyStar {
			return nil, specError("path %q cannot have %q in it", path, part)
		}
		if k.kind == keyHash {
			k.kind, k.text = keyLiteral, part
		}
		keys[i] = k
	}
	return keys, nil
}

// match matches a key of the document. nil: it does not.
func (k *key) match(name string, w *walk) *matched {
	switch k.kind {
	case keyLiteral:
		if name == k.text {
			return newMatched(name)
		}
	case keyStar:
		return newMatched(name, name)
	case keyOneStar, keyTwoStars, keyStars:
		if m := k.stars.FindStringSubmatch(name); m != nil {
			return newMatched(name, m[1:]...)
		}
	case keyAmp, keyArray:
		if v, ok := k.value(w); ok && v == name {
			return newMatched(name)
		}
	case keyAt, keyLookup: // as what is around it
		if p := w.up(0); p != nil {
			return p.key
		}
	case keyDollar:
		if v, ok := k.refs[0].value(w); ok {
			return newMatched(v)
		}
	case keyHash:
		return newMatched(k.text)
	}
	return nil
}

// value is the name that a key stands for at the present place; that of an index is its number, or [] for a new element.
func (k *key) value(w *walk) (string, bool) {
	switch k.kind {
	case keyAmp:
		var b strings.Builder
		for i, text := range k.texts {
			b.WriteString(text)
			if i < len(k.refs) {
				v, ok := k.refs[i].value(w)
				if !ok {
					return "", false
				}
				b.WriteString(v)
			}
		}
		return b.String(), true
	case keyLookup:
		v, ok := k.find(w)
		if !ok {
			return "", false
		}
		switch v := v.(type) {
		case string:
			return v, true
		case bool, int64:
			return jsonpath.Text(v), true
		case float64:
			return strconv.FormatInt(int64(v), 10), true
		}
		return "", false
	case keyArray:
		return k.indexValue(w)
	}
	return k.text, true
}

func (k *key) indexValue(w *walk) (v string, ok bool) {
	switch {
	case k.auto:
		return "[]", true
	case k.at >= 0:
		return strconv.Itoa(k.at), true
	case k.lookup != nil:
		v, ok = k.lookup.value(w)
	case k.count:
		p := w.up(k.refs[0].up)
		if p == nil {
			return "", false
		}
		return strconv.Itoa(p.key.count), true
	default:
		v, ok = k.refs[0].value(w)
	}
	if _, number := index(v); !ok || !number {
		return "", false
	}
	return v, true
}

// find is the value that @ looks up.
func (k *key) find(w *walk) (any, bool) {
	p := w.up(k.up)
	if p == nil {
		return nil, false
	}
	tree := p.tree
	for _, step := range k.path {
		name, ok := step.value(w)
		if !ok {
			return nil, false
		}
		if tree, ok = child(tree, name); !ok {
			return nil, false
		}
	}
	return tree, true
}

// isComputed tells whether the key may match several names.
func (k *key) isComputed() bool {
	return k.kind == keyAmp || k.kind == keyStar || k.stars != nil
}

// byPrecedence sorts keys as they are tried: by their kind, then the longer first, then by their text.
func byPrecedence(x, y *key) int {
	if x.kind != y.kind {
		return int(x.kind - y.kind)
	}
	if len(x.text) != len(y.text) {
		return len(y.text) - len(x.text)
	}
	return strings.Compare(x.text, y.text)
}

// alternatives splits a key at its |.
func alternatives(raw string) []string {
	if !strings.Contains(raw, "|") {
		return []string{raw}
	}
	return slices.DeleteFunc(strings.Split(raw, "|"), func(s string) bool { return s == "" })
}
