package sql

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitStatements(t *testing.T) {
	for in, want := range map[string][]string{
		"":                          nil,
		" ; ;\n":                    nil,
		"a":                         {"a"},
		" a ; b;":                   {"a", "b"},
		`a \; b; c\d`:               {"a ; b", `c\d`},
		`ends in a backslash \`:     {`ends in a backslash \`},
		`INSERT INTO t VALUES(';')`: {"INSERT INTO t VALUES('", "')"},
	} {
		if got := splitStatements(in); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzSplitStatements(f *testing.F) {
	for _, s := range []string{"", "a;b", `a\;b;`, `\\;`, "é;\x00;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := splitStatements(in)
		var escaped []string
		for _, s := range got {
			if s == "" || s != strings.TrimSpace(s) {
				t.Errorf("%q: statement %q is empty or not trimmed", in, s)
			}
			escaped = append(escaped, strings.ReplaceAll(s, ";", `\;`))
		}
		if strings.HasSuffix(strings.Join(escaped, ""), `\`) || strings.Contains(in, `\`) {
			return // a backslash that was none before would escape the separator
		}
		if again := splitStatements(strings.Join(escaped, ";")); !slices.Equal(again, got) {
			t.Errorf("%q: got %q, and from that %q", in, got, again)
		}
	})
}

func TestNormalizer(t *testing.T) {
	pattern, err := parsePattern(`(?i)^x|\d`)
	if err != nil {
		t.Fatal(err)
	}
	for how, want := range map[translation]string{
		removeUnderscore: "USER ID-1", removeSpace: "USER_ID-1", removeUnderscoreAndSpace: "USERID-1",
		removeSpecial: "USERID1", removePattern: "USER _ID-",
	} {
		if got := normalizer(true, how, pattern)("User _id-1"); got != want {
			t.Errorf("%s: got %q, want %q", how, got, want)
		}
	}
	if got := normalizer(false, removeUnderscore, nil)("a_b "); got != "a_b " {
		t.Errorf("without translation: got %q", got)
	}
}
