// Package javaregex is java.util.regex: the syntax and the meaning of Java's
// regular expressions, of its replacement texts and of String.split.
//
// A pattern is parsed into a tree and written anew for one of two engines. Go's
// regexp takes all that it can express; it needs linear time whatever the text.
// Look-around, back references, possessive and atomic groups go to regexp2,
// which backtracks and is held to MatchTimeout. Java's $ and multiline anchors
// differ from Go's only at line ends, so the text decides between the engines.
//
// Positions are byte offsets in UTF-8 text; Java's count UTF-16 units. A text
// that is not valid UTF-8 matches as if each bad byte were U+FFFD.
//
// Left out: CANON_EQ, \b{g}, \N{name} and the rarer Unicode blocks.
package javaregex

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// MatchTimeout bounds one search by the backtracking engine.
const MatchTimeout = 5 * time.Second

var (
	// ErrTimeout is wrapped by the error of a search that took too long.
	ErrTimeout = errors.New("regular expression took too long")
	// ErrNoGroup is wrapped by the error for $n where the pattern has no group n.
	ErrNoGroup = errors.New("no such group")
	// ErrReplacement is wrapped by the error for any other bad replacement text.
	ErrReplacement = errors.New("illegal replacement")
)

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	source string
	groups int
	names  map[string]int
	tree   *part
	quick  *regexp.Regexp // nil if Go's regexp cannot express the pattern
	whole  *regexp.Regexp // quick, for the whole text
	needs  needed
	slow   [2]engine // [1] for the whole text
}

// engine is a regexp2 pattern compiled when it is first needed.
type engine struct {
	once sync.Once
	re   *regexp2.Regexp
	err  error
}

// Compile reads a Java pattern. The error is a *SyntaxError.
func Compile(pattern string, flags Flags) (*Regexp, error) {
	p, tree, err := parsePattern(pattern, flags)
	if err != nil {
		return nil, err
	}
	r := &Regexp{source: pattern, groups: p.groups, names: p.names, tree: tree}
	e := &emitter{quick: true}
	e.emit(tree)
	if !e.unfit {
		if r.quick, err = regexp.Compile(e.b.String()); err == nil {
			r.whole, err = regexp.Compile(`\A(?:` + e.b.String() + `)\z`)
		}
		r.needs = e.needs
	}
	if e.unfit || err != nil {
		r.quick = nil
		_, err = r.backtracking(false)
	}
	if err != nil {
		return nil, &SyntaxError{Pattern: pattern, Message: err.Error()}
	}
	return r, nil
}

// backtracking is the pattern for regexp2, for anywhere or for the whole text.
func (r *Regexp) backtracking(whole bool) (*regexp2.Regexp, error) {
	eng, format := &r.slow[0], "%s"
	if whole {
		eng, format = &r.slow[1], `\A(?:%s)\z`
	}
	eng.once.Do(func() {
		e := &emitter{}
		e.emit(r.tree)
		eng.re, eng.err = regexp2.Compile(fmt.Sprintf(format, e.b.String()))
		if eng.err == nil {
			eng.re.MatchTimeout = MatchTimeout
		}
	})
	return eng.re, eng.err
}

// String is the pattern as it was given.
func (r *Regexp) String() string { return r.source }

// Groups is the number of capturing groups, without group 0.
func (r *Regexp) Groups() int { return r.groups }

// GroupIndex is the number of a named group.
func (r *Regexp) GroupIndex(name string) (int, bool) {
	i, ok := r.names[name]
	return i, ok
}

// GroupNames gives the number of each named group. Not to be changed.
func (r *Regexp) GroupNames() map[string]int { return r.names }

// fits reports whether Go's regexp gives Java's answer for this text.
func (r *Regexp) fits(text string) bool {
	if r.quick == nil {
		return false
	}
	if r.needs&onlyNewlines != 0 && strings.ContainsAny(text, "\r\u0085\u2028\u2029") {
		return false
	}
	if r.needs&noFinalLineEnd != 0 && text != "" {
		last, _ := utf8.DecodeLastRuneInString(text)
		return !lineEnds.has(last)
	}
	// Java's ^ in multiline mode does not match in an empty text.
	return r.needs&noFinalLineEnd == 0 || r.needs&onlyNewlines == 0
}

// Match reports whether the whole text matches, as Matcher.matches.
func (r *Regexp) Match(text string) (bool, error) {
	if r.fits(text) {
		return r.whole.MatchString(text), nil
	}
	re, err := r.backtracking(true)
	if err != nil {
		return false, err
	}
	ok, err := re.MatchString(text)
	return ok, r.wrap(err)
}

// Find reports whether any part of the text matches, as Matcher.find.
func (r *Regexp) Find(text string) (bool, error) {
	if r.fits(text) {
		return r.quick.MatchString(text), nil
	}
	re, err := r.backtracking(false)
	if err != nil {
		return false, err
	}
	ok, err := re.MatchString(text)
	return ok, r.wrap(err)
}

// MatchGroups matches the whole text and gives the bounds of its groups: group
// i is text[loc[2i]:loc[2i+1]], both -1 if it took no part. nil: no match.
func (r *Regexp) MatchGroups(text string) ([]int, error) {
	if r.fits(text) {
		return r.whole.FindStringSubmatchIndex(text), nil
	}
	re, err := r.backtracking(true)
	if err != nil {
		return nil, err
	}
	m, err := re.FindStringMatch(text)
	return bounds(m), r.wrap(err)
}

// FindAll calls yield with the bounds (see MatchGroups) of each match in turn,
// as repeated Matcher.find, until it returns false.
func (r *Regexp) FindAll(text string, yield func(loc []int) bool) error {
	// Go passes over an empty match right after another one, Java does not.
	if r.fits(text) && !matchesEmpty(r.tree) {
		r.findQuick(text, yield)
		return nil
	}
	re, err := r.backtracking(false)
	if err != nil {
		return err
	}
	for m, err := re.FindStringMatch(text); ; m, err = re.FindNextMatch(m) {
		if err != nil {
			return r.wrap(err)
		}
		if m == nil || !yield(bounds(m)) {
			return nil
		}
	}
}

// findQuick finds the matches of a pattern that never matches the empty text. It
// looks for one at first, as most texts have few.
func (r *Regexp) findQuick(text string, yield func(loc []int) bool) {
	first := r.quick.FindStringSubmatchIndex(text)
	if first == nil || !yield(first) {
		return
	}
	for _, loc := range r.quick.FindAllStringSubmatchIndex(text, -1)[1:] {
		if !yield(loc) {
			return
		}
	}
}

// bounds are the byte offsets of a match and its groups.
func bounds(m *regexp2.Match) []int {
	if m == nil {
		return nil
	}
	var loc []int
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			loc = append(loc, -1, -1)
			continue
		}
		from, length := g.ByteRange()
		loc = append(loc, from, from+length)
	}
	return loc
}

func (r *Regexp) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: %w", ErrTimeout, r.source, err)
}

// Split cuts text at each match as String.split does: with limit 0 all pieces
// but the empty ones at the end, below 0 all of them, above 0 at most limit. An
// empty match at the start makes no piece.
func (r *Regexp) Split(text string, limit int) ([]string, error) {
	var parts []string
	last := 0
	err := r.FindAll(text, func(loc []int) bool {
		if limit > 0 && len(parts) == limit-1 {
			return false
		}
		if loc[1] == 0 {
			return true
		}
		parts = append(parts, text[last:loc[0]])
		last = loc[1]
		return true
	})
	if err != nil || len(parts) == 0 {
		return []string{text}, err
	}
	parts = append(parts, text[last:])
	for limit == 0 && len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts, nil
}
