package el_test

import (
	"errors"
	"testing"

	"github.com/braidflow/braid/internal/el"
)

// TestFunctions are cases beside the table of NiFi's answers; the answers are
// NiFi's too.
func TestFunctions(t *testing.T) {
	attrs := el.AttrMap{
		"e": "x😀y", "s": "straße", "g": "ΟΔΟΣ", "n": "-7", "d": "2.5", "list": "a,b,,a", "date": "2014-11-02 01:30:00",
		"json": `{"a":[{"p":1,"n":"x"},{"p":12.5,"n":"y"}],"k":{}}`, "x.1": "one", "x.2": "two",
	}
	for text, want := range map[string]string{
		"${e:length()}":                                         "4",
		"${e:substring(3)}":                                     "y",
		"${e:substring(1,2)}":                                   "?",
		"${e:indexOf('y')}":                                     "3",
		"${s:toUpper()}":                                        "STRASSE",
		"${g:toLower()}":                                        "οδος",
		"${n:toNumber():math('abs')}":                           "7",
		"${d:toDecimal():math('round')}":                        "3",
		"${d:toDecimal():math('pow', 2.0)}":                     "6.25",
		"${n:toNumber():math('floorMod', 3)}":                   "2",
		"${n:toNumber():math('powExact', 2)}":                   "49",
		"${literal(1e10)} ${literal(0.001)} ${literal(1e-4)}":   "1.0E10 0.001 1.0E-4",
		"${list:unique(',')} ${list:compactDelimitedList(',')}": "a,b, a,b,a",
		"${allMatchingAttributes('x.*'):join('+')}":             "one+two",
		"${anyDelineatedValue('${list}', ','):equals('b')}":     "true",
		"${date:toDate('yyyy-MM-dd HH:mm:ss','America/New_York'):plusDuration('1 day','America/New_York'):format('dd HH:mm z','America/New_York')}": "03 01:30 EST",
		"${json:jsonPath('$.a[?(@.p > 5)].n')}":                         "y",
		"${json:jsonPath('$..p')}":                                      "[1,12.5]",
		"${json:jsonPathDelete('$.a[0]'):jsonPathPut('$.k','new','v')}": `{"a":[{"p":12.5,"n":"y"}],"k":{"new":"v"}}`,
		"${json:isJson():ifElse('y','n')}":                              "y",
		"${getUri('https',null,'::1',8443,'/a b','q=é','f')}":           "https://[::1]:8443/a%20b?q=é#f",
		"${literal('abc'):hash('MD2')}":                                 "da853b0d3f88d99b30283a69e6ded6bb",
		"${literal('%E2%82%41'):urlDecode()}":                           "\ufffdA",
		"${literal('&eacute;&#x41;&nope;'):unescapeHtml4()}":            "éA&nope;",
		"${literal('a'):UUID5(null)}":                                   "35b65f33-a679-5e76-af3c-273ea349ede4",
		"${literal('2014'):matches('\\d{4}')}${'x.1':find('(?<=o)n')}":  "truetrue",
	} {
		if got := eval(t, text, &el.Env{Attributes: attrs}); got != want {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
}

// TestErrorKinds tells NiFi's own exceptions from other Java exceptions.
func TestErrorKinds(t *testing.T) {
	for text, class := range map[string]string{
		"${v:fromRadix(10)}":                         "NumberFormatException",
		"${v:indexOf(${none})}":                      "NullPointerException",
		"${literal(1):divide(0)}":                    "ArithmeticException",
		"${v:replaceAll('x','$3')}":                  "IndexOutOfBoundsException",
		"${v:base64Decode()}":                        "IllegalArgumentException",
		"${v:toDate('yyyy')}":                        "IllegalAttributeException",
		"${v:toInstant('yyyy','UTC')}":               "DateTimeParseException",
		"${literal(5):toDate():format('yyyy',${v})}": "ZoneRulesException",
		"${none:not()}":                              "NullPointerException",
	} {
		e, err := el.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Eval(&el.Env{Attributes: el.AttrMap{"v": "x-y"}})
		bad, ok := errors.AsType[*el.RuntimeError](err)
		if !ok || bad.Class != class {
			t.Errorf("%s: got %v, want %s", text, err, class)
		}
	}
}
