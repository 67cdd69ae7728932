package text_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/text"
	"github.com/braidflow/braid/sdk/sdktest"
)

// props makes a configuration of Replacement Strategy, Search Value and Replacement Value, and of others in pairs.
func props(strategy, search, value string, more ...string) map[string]string {
	p := map[string]string{"Replacement Strategy": strategy, "Search Value": search, "Replacement Value": value}
	for i := 0; i+1 < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func TestReplaceText(t *testing.T) {
	const mode, lines = "Evaluation Mode", "Line-by-Line Evaluation Mode"
	whole := []string{mode, "Entire text"}
	for name, c := range map[string]struct {
		props    map[string]string
		in, want string
	}{
		"nothing configured changes nothing": {nil, "a\nb", "a\nb"},
		"regex, whole":                       {props("Regex Replace", `b(.)`, `<$1>`, whole...), "abcabd", "a<c>a<d>"},
		"regex, lines":                       {props("Regex Replace", `^(\w+) (\w+)`, `$2 $1`), "a b\r\nc d\re f\n", "b a\r\nd c\rf e\n"},
		"regex, look-ahead":                  {props("Regex Replace", `a(?=b)`, `x`), "abac", "xbac"},
		"regex, no match":                    {props("Regex Replace", `z`, `x`, whole...), "abc\xff", "abc\xff"},
		"regex, replaced by nothing":         {props("Regex Replace", `b`, ``), "abc", "ac"},
		"regex, empty matches":               {props("Regex Replace", `x*`, `-`, whole...), "abc", "-a-b-c-"},
		"regex, all of each line":            {props("Regex Replace", `.*`, `x`), "ab\ncd\n", "x\nx\n"},
		"group in an expression":             {props("Regex Replace", `b(.)`, `${'$1':toUpper()}`, whole...), "abc", "aC"},
		"whole match in an expression":       {props("Regex Replace", `b.`, `${'$0':length()}`, whole...), "abc", "a2"},
		"attribute that looks like a group":  {props("Regex Replace", `b`, `${dollar}`, whole...), "abc", "a$1c"},
		"attribute in the pattern is text":   {props("Regex Replace", `${dots}`, `x`, whole...), "a.b", "axb"},
		"attribute with \\E in the pattern":  {props("Regex Replace", `${quoted}`, `x`, whole...), `a\Eb`, "axb"},
		"group that is not there":            {props("Regex Replace", `(b)`, `$8`, whole...), "abc", "a$8c"},
		"group number with further digits":   {props("Regex Replace", `(b)`, `$12`, whole...), "abc", "ab2c"},
		"group that did not match":           {props("Regex Replace", `(x)?b`, `<$1>`, whole...), "abc", "a<>c"},
		"dollar before a letter":             {props("Regex Replace", `(b)`, `$x $1`, whole...), "abc", "a$x $1c"},
		"dollar at the end":                  {props("Regex Replace", `(b)`, `$1$`, whole...), "abc", "ab$c"},
		"escaped dollar":                     {props("Regex Replace", `(b)`, `\$1`, whole...), "abc", "a$1c"},
		"literal":                            {props("Literal Replace", `.b`, `$1`), "a.b\n.b", "a$1\n$1"},
		"literal, whole":                     {props("Literal Replace", "\n", ", ", whole...), "a\nb\n", "a, b, "},
		"literal from an attribute":          {props("Literal Replace", `${dots}`, `${name}`), "a.b", "aNAMEb"},
		"always":                             {props("Always Replace", ``, `x`), "a\r\nb\n\nc", "x\r\nx\nx\nx"},
		"always, whole":                      {props("Always Replace", ``, `${name}`, whole...), "a\nb", "NAME"},
		"prepend":                            {props("Prepend", ``, `> `), "a\n\nb", "> a\n> \n> b"},
		"prepend, whole":                     {props("Prepend", ``, `> `, whole...), "a\nb", "> a\nb"},
		"append":                             {props("Append", ``, `;`), "a\r\nb", "a;\r\nb;"},
		"append, whole":                      {props("Append", ``, `;`, whole...), "a\nb\n", "a\nb\n;"},
		"surround":                           {props("Surround", ``, ``, "Text to Prepend", "<", "Text to Append", ">"), "a\nb", "<a>\n<b>"},
		"surround, whole":                    {props("Surround", ``, ``, "Text to Prepend", "<", "Text to Append", "", mode, "Entire text"), "a", "<a"},
		"variables":                          {props("Substitute Variables", ``, ``), "${name} ${none} ${none:-x} $${name} ${", "NAME ${none} x ${name} ${"},
		"variables in variables":             {props("Substitute Variables", ``, ``, whole...), "${nested}", "<NAME>"},
		"first line":                         {props("Prepend", ``, `>`, lines, "First-Line"), "a\nb\nc", ">a\nb\nc"},
		"last line":                          {props("Prepend", ``, `>`, lines, "Last-Line"), "a\nb\nc\n", "a\nb\n>c\n"},
		"all but the first line":             {props("Prepend", ``, `>`, lines, "Except-First-Line"), "a\nb\nc", "a\n>b\n>c"},
		"all but the last line":              {props("Prepend", ``, `>`, lines, "Except-Last-Line"), "a\nb\nc", ">a\n>b\nc"},
		"one line is the first and the last": {props("Prepend", ``, `>`, lines, "Last-Line"), "a", ">a"},
		"no line":                            {props("Prepend", ``, `>`), "", ""},
		"a character set":                    {props("Literal Replace", `é`, `è`, "Character Set", "ISO-8859-1"), "n\xe9e", "n\xe8e"},
		"bytes that are no text stay":        {props("Literal Replace", `b`, `x`), "a\xff\xfeb", "a\xff\xfex"},
		"old names of properties":            {map[string]string{"Regular Expression": "b", "Replacement Value": "x"}, "abc", "axc"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sdktest.Run(t, text.ReplaceText, c.props, sdktest.FF(c.in,
				"name", "NAME", "dollar", "$1", "dots", ".", "quoted", `\E`, "nested", "<${name}>"))["success"]
			if len(got) != 1 || got[0].Content != c.want {
				t.Errorf("got %+v\nwant %q", got, c.want)
			}
		})
	}
}

func TestReplaceText_FailsOneFlowFile(t *testing.T) {
	for name, c := range map[string]struct {
		props map[string]string
		bad   sdktest.Input
	}{
		"too large":           {props("Regex Replace", "b", "x", "Evaluation Mode", "Entire text", "Maximum Buffer Size", "3 B"), sdktest.FF("abcd")},
		"too long a line":     {props("Literal Replace", "b", "x", "Maximum Buffer Size", "3 B"), sdktest.FF("ab\nabcd")},
		"not a pattern":       {props("Regex Replace", "(${open:isEmpty():ifElse('', '*')}", "x"), sdktest.FF("ab", "open", "1")},
		"nothing to look for": {props("Literal Replace", "${none}", "x"), sdktest.FF("ab")},
		"a loop of variables": {props("Substitute Variables", "", ""), sdktest.FF("${a}", "a", "${b}", "b", "${a}")},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, text.ReplaceText)
			for k, v := range c.props {
				r.Set(k, v)
			}
			r.Enqueue(c.bad)
			r.RunUntilEmpty()
			got := r.Out()["failure"]
			if len(got) != 1 || got[0].Content != c.bad.Content {
				t.Errorf("failure got %+v, want the FlowFile as it was", got)
			}
			if b := r.Bulletins(); len(b) != 1 {
				t.Errorf("bulletins = %q, want one", b)
			}
		})
	}
}

func TestReplaceText_StreamsLargeContents(t *testing.T) {
	in := strings.Repeat("some line of text\n", 100_000) // 1.8 MB, beyond the buffer
	got := sdktest.Run(t, text.ReplaceText, props("Regex Replace", "line", "row"), sdktest.FF(in))["success"]
	if len(got) != 1 || got[0].Content != strings.ReplaceAll(in, "line", "row") {
		t.Error("the content is not as expected")
	}
}

func TestReplaceText_ReportsProblems(t *testing.T) {
	wantProblem(t, sdktest.New(t, text.ReplaceText), props("Regex Replace", "(", "x"))
	wantProblem(t, sdktest.New(t, text.ReplaceText), map[string]string{"Maximum Buffer Size": "much"})
}
