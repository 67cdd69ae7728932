package http

import (
	"strings"
	"testing"
)

func FuzzParseParams(f *testing.F) {
	f.Add(`realm="a, \"b\"", nonce=c , qop="auth,auth-int"`, "n")
	f.Add(`=,"`, "")
	f.Fuzz(func(t *testing.T, in, value string) {
		for name := range parseParams(in) {
			if name != strings.ToLower(name) {
				t.Fatalf("the name %q has upper case", name)
			}
		}
		if got := parseParams(`a=1, Name="` + escapeQuotes(value) + `", b=2`); got["name"] != value || got["a"] != "1" || got["b"] != "2" {
			t.Fatalf("got %q, want %q as name", got, value)
		}
		d := digestAuth{user: "u", password: "p"}
		if d.learn("host", []string{"Digest " + in}) {
			d.last["host"].answer("u", "p", "GET", "/", "00")
		}
	})
}
