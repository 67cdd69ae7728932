package jolt

import (
	"strconv"

	"github.com/braidflow/braid/sdk/jsonpath"
)

// matched is a key that was matched: the whole and the parts that its stars stand for.
type matched struct {
	key   string
	parts []string
	count int // of the matches below it, for [#]
	size  int // that an array had before it was extended; -1: it is none
}

func newMatched(key string, parts ...string) *matched {
	return &matched{key: key, parts: parts, size: -1}
}

// part is the whole key for 0, else what the n-th star stands for.
func (m *matched) part(n int) (string, bool) {
	if n == 0 {
		return m.key, true
	}
	if n-1 < len(m.parts) {
		return m.parts[n-1], true
	}
	return "", false
}

// place is a value on the walked path and the key under which it was found.
type place struct {
	tree any
	key  *matched
}

// walk is the path from the root to the present place.
type walk struct{ places []place }

func (w *walk) push(tree any, key *matched) { w.places = append(w.places, place{tree, key}) }

func (w *walk) pop() { w.places = w.places[:len(w.places)-1] }

// up returns the place n levels up, nil above the root.
func (w *walk) up(n int) *place {
	if i := len(w.places) - 1 - n; i >= 0 && n >= 0 {
		return &w.places[i]
	}
	return nil
}

// counted notes a match below the present place.
func (w *walk) counted() {
	if p := w.up(0); p != nil {
		p.key.count++
	}
}

// child returns the value at a key of an object or an index of an array.
func child(tree any, key string) (any, bool) {
	switch t := tree.(type) {
	case *jsonpath.Object:
		return t.Get(key)
	case *jsonpath.Array:
		if i, ok := index(key); ok && i < len(t.Items) {
			return t.Items[i], true
		}
	}
	return nil, false
}

// maxIndex bounds the arrays that a specification can make.
const maxIndex = 10_000_000

func index(s string) (int, bool) {
	i, err := strconv.Atoi(s)
	return i, err == nil && i >= 0 && i <= maxIndex
}
