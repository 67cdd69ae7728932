package javaregex_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/sdk/javaregex"
)

// regexp2 keeps a clock for its time limit, which stops by itself soon after.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

func compile(t *testing.T, pattern string) *javaregex.Regexp {
	t.Helper()
	re, err := javaregex.Compile(pattern, 0)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match, find   bool
	}{
		{"abc", "abc", true, true},
		{"b", "abc", false, true},
		{"a$", "a\n", false, true},
		{"a$", "a\r\n", false, true},
		{"a$", "a\nb", false, false},
		{"(?m)^b$", "a\r\nb\r\n", false, true},
		{"(?m)^", "", false, false},
		{".", "\u2028", false, false},
		{"(?s).", "\u2028", true, true},
		{"(?d).", "\r", true, true},
		{"[a-z&&[^b]]+", "acz", true, true},
		{"[a-z&&[^b]]", "b", false, false},
		{"[]a]+", "]a", true, true},
		{"(?i)[^a]", "A", false, false},
		{"(?i)É", "é", false, false},
		{"(?iu)É", "é", true, true},
		{`\w`, "é", false, false},
		{`(?U)\w`, "é", true, true},
		{`\bé\b`, "é", false, false},
		{`a++a`, "aaa", false, false},
		{`(?>a|ab)c`, "abc", false, false},
		{`(\w)\1`, "aa", true, true},
		{`\1(a)`, "a", false, false},
		{`(?<x>a)\k<x>`, "aa", true, true},
		{`(?<=a)b(?!c)`, "ab", false, true},
		{`\Qa.b\E+`, "a.bb", true, true},
		{`\p{Upper}\p{javaLowerCase}\p{IsGreek}`, "Aaα", true, true},
		{`\x{1F600}\u0041\0101\cA`, "😀AA\x01", true, true},
		{`a{2}{3}`, "aa", true, true},
		{`(a|b)*c|d`, "ababc", true, true},
		{`[\h\v]+`, " \t\u3000\n", true, true},
		{`a\R`, "a\r\n", true, true},
	} {
		re := compile(t, c.pattern)
		match, err := re.Match(c.text)
		find, err2 := re.Find(c.text)
		if match != c.match || find != c.find || err != nil || err2 != nil {
			t.Errorf("%q in %q: got %v, %v (%v, %v), want %v, %v", c.pattern, c.text, match, find, err, err2, c.match, c.find)
		}
	}
}

func TestCompile_Refuses(t *testing.T) {
	for _, pattern := range []string{"(", ")", "[a", "*a", "a**", "a{2", "a{3,2}", "{", `\`, `\y`, `\p{Nope}`, "(?<1a>x)", "(?<a>x)(?<a>y)", `\k<n>`, "[z-a]", "(?q)", "(?<=(ab)*)", `\x{110000}`, `\0`} {
		_, err := javaregex.Compile(pattern, 0)
		if _, ok := errors.AsType[*javaregex.SyntaxError](err); !ok {
			t.Errorf("%q: got %v, want a SyntaxError", pattern, err)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct{ pattern, text, with, all, first string }{
		{"a", "banana", "o", "bonono", "bonana"},
		{"(?<v>[aeiou])(.)?", "banana", "<$1|${v}|$2>", "b<a|a|n><a|a|n><a|a|>", "b<a|a|n>ana"},
		{"a*", "baac", "-", "-b--c-", "-baac"},
		{"x", "abc", "$9", "abc", "abc"},
		{"b", "abc", `\$\\`, `a$\c`, `a$\c`},
		{"(b)", "abc", "$11", "ab1c", "ab1c"},
		{"(z)?b", "abc", "[$1]", "a[]c", "a[]c"},
	} {
		re := compile(t, c.pattern)
		all, err := re.ReplaceAll(c.text, c.with)
		first, err2 := re.ReplaceFirst(c.text, c.with)
		if all != c.all || first != c.first || err != nil || err2 != nil {
			t.Errorf("%q: got %q, %q (%v, %v), want %q, %q", c.pattern, all, first, err, err2, c.all, c.first)
		}
	}
	for with, want := range map[string]error{"$1": javaregex.ErrNoGroup, "$": javaregex.ErrReplacement, "${x": javaregex.ErrReplacement, "${x}": javaregex.ErrReplacement, `\`: javaregex.ErrReplacement} {
		if _, err := compile(t, "b").ReplaceAll("abc", with); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", with, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		limit         int
		want          []string
	}{
		{",", "a,b,,c,,", 0, []string{"a", "b", "", "c"}},
		{",", "a,b,,c,,", -1, []string{"a", "b", "", "c", "", ""}},
		{",", "a,b,c", 2, []string{"a", "b,c"}},
		{",", "", 0, []string{""}},
		{",", ",", 0, nil},
		{"|", "ab", 0, []string{"a", "b"}},
		{"x", "abc", 0, []string{"abc"}},
	} {
		got, err := compile(t, c.pattern).Split(c.text, c.limit)
		if !slices.Equal(got, c.want) || err != nil {
			t.Errorf("%q: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	re := compile(t, "(?<year>\\d+)-(\\d+)(x)?(?=!)")
	var got []int
	err := re.FindAll("é 2014-12!", func(loc []int) bool { got = loc; return true })
	if want := []int{3, 10, 3, 7, 8, 10, -1, -1}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if i, ok := re.GroupIndex("year"); i != 1 || !ok || re.Groups() != 3 {
		t.Errorf("got group %d, %v of %d", i, ok, re.Groups())
	}
	if loc, err := compile(t, "(a)(b)?").MatchGroups("a"); !slices.Equal(loc, []int{0, 1, 0, 1, -1, -1}) || err != nil {
		t.Errorf("got %v, %v", loc, err)
	}
}

func TestFind_StaysLinearWherePossible(t *testing.T) {
	start := time.Now()
	if ok, err := compile(t, "(a+)+b").Find(strings.Repeat("a", 50_000)); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"a(b|c)*d", "[a-z&&[^b]]", `\Qx\E(?<n>y)\k<n>`, "(?i)(?<=a)b++", "a{2,3}?", `\p{L}\x{41}\R`, "[", "(?"} {
		f.Add(s, "abc\nABC é😀")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 30 || len(text) > 60 {
			return // keep backtracking short
		}
		re, err := javaregex.Compile(pattern, 0)
		if err != nil {
			return
		}
		found, err := re.Find(text)
		if err != nil {
			return
		}
		some := false
		err = re.FindAll(text, func(loc []int) bool {
			some = true
			if loc[0] < 0 || loc[1] < loc[0] || loc[1] > len(text) {
				t.Fatalf("%q in %q: bounds %v", pattern, text, loc)
			}
			return true
		})
		if err == nil && some != found {
			t.Fatalf("%q in %q: Find %v, FindAll %v", pattern, text, found, some)
		}
	})
}
