package javaregex

import (
	"slices"
	"unicode"
)

// set is a set of characters: ranges in order, apart from each other.
type set []rng

type rng struct{ lo, hi rune }

func single(c rune) set { return set{{c, c}} }
func between(pairs ...rune) set {
	var s set
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, rng{pairs[i], pairs[i+1]})
	}
	return normal(s)
}

func normal(s set) set {
	slices.SortFunc(s, func(a, b rng) int { return int(a.lo) - int(b.lo) })
	var out set
	for _, r := range s {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
			continue
		}
		out = append(out, r)
	}
	return out
}

func (s set) union(t set) set { return normal(append(slices.Clone(s), t...)) }

func (s set) negate() set {
	var out set
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, rng{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, rng{next, unicode.MaxRune})
	}
	return out
}

func (s set) intersect(t set) set { return s.negate().union(t.negate()).negate() }

func (s set) has(c rune) bool {
	for _, r := range s {
		if c >= r.lo && c <= r.hi {
			return true
		}
	}
	return false
}

// fromTable is a Unicode table as a set.
func fromTable(tables ...*unicode.RangeTable) set {
	var s set
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			s = append(s, rng{lo, hi})
			return
		}
		for c := lo; c <= hi; c += stride {
			s = append(s, rng{c, c})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return normal(s)
}

// fold adds the other case of each character: of ASCII letters only, or of all.
func (s set) fold(all bool) set {
	out := slices.Clone(s)
	letters := set{{'A', 'Z'}, {'a', 'z'}}
	for _, r := range s.intersect(letters) {
		for c := r.lo; c <= r.hi; c++ {
			out = append(out, rng{c ^ 0x20, c ^ 0x20})
		}
	}
	if all {
		for _, r := range s.intersect(cased()) {
			for c := r.lo; c <= r.hi; c++ {
				for d := unicode.SimpleFold(c); d != c; d = unicode.SimpleFold(d) {
					out = append(out, rng{d, d})
				}
			}
		}
	}
	return normal(out)
}

// cased are the characters that have another case.
func cased() set {
	return fromTable(unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase, unicode.Mn)
}

var (
	digitSet = between('0', '9')
	wordSet  = between('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
	spaceSet = between('\t', '\r', ' ', ' ')
	horizSet = between('\t', '\t', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000)
	vertSet  = between('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
	lineEnds = between('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029)
)
