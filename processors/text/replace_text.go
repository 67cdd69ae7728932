package text

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/javaregex"
)

// ReplaceText changes contents by replacing parts of them.
var ReplaceText = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ReplaceText",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(replaceText) },
}

type strategy string

const (
	prepend        strategy = "Prepend"
	appendTo       strategy = "Append"
	surround       strategy = "Surround"
	regexReplace   strategy = "Regex Replace"
	literalReplace strategy = "Literal Replace"
	alwaysReplace  strategy = "Always Replace"
	substitute     strategy = "Substitute Variables"
)

type evaluationMode string

const (
	lineByLine evaluationMode = "Line-by-Line"
	entireText evaluationMode = "Entire text"
)

type lineMode string

const (
	allLines    lineMode = "All"
	firstLine   lineMode = "First-Line"
	lastLine    lineMode = "Last-Line"
	exceptFirst lineMode = "Except-First-Line"
	exceptLast  lineMode = "Except-Last-Line"
)

// everything is the default Search Value.
const everything = "(?s)(^.*$)"

type replaceText struct {
	how                          strategy
	search, value, before, after sdk.Text
	charset                      charset.Charset
	maxBuffer                    int64
	mode                         evaluationMode
	lines                        lineMode
	success, failure             sdk.Relationship

	patterns lastPattern
}

func (p *replaceText) Describe(s *sdk.Spec) {
	s.About("Updates the content of a FlowFile by replacing parts of it, or by adding text before or after it.",
		"Text", "Regular Expression", "Update", "Change", "Replace", "Modify", "Regex")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describeStrategy(s)
	searches := sdk.When("Replacement Strategy", string(regexReplace), string(literalReplace))
	s.Text(&p.search, "Search Value", "What to look for: a regular expression as in Java, or a text. What Expression Language gives "+
		"is always taken as text.", sdk.Required, sdk.Default(everything), sdk.PerFlowFile, searches)
	s.Text(&p.value, "Replacement Value", "What to put in the place of each match, or to add. With Regex Replace, $1 is what the "+
		"first group matched, also within Expression Language: ${'$1':toUpper()}. A group that the expression does not have "+
		"is plain text.", sdk.Required, sdk.MayBeEmpty, sdk.Default("$1"), sdk.PerFlowFile,
		sdk.When("Replacement Strategy", string(prepend), string(appendTo), string(regexReplace), string(alwaysReplace), string(literalReplace)))
	surrounds := sdk.When("Replacement Strategy", string(surround))
	s.Text(&p.before, "Text to Prepend", "The text to put before the content or before each line.",
		sdk.Required, sdk.MayBeEmpty, sdk.PerFlowFile, surrounds)
	s.Text(&p.after, "Text to Append", "The text to put after the content or after each line.",
		sdk.Required, sdk.MayBeEmpty, sdk.PerFlowFile, surrounds)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the contents.", sdk.Required, sdk.Default("UTF-8"))
	s.Size(&p.maxBuffer, "Maximum Buffer Size", "How much text is looked at in one piece, and so kept in memory: the longest line, or "+
		"the largest content with Entire text. FlowFiles with more go to failure.", sdk.Required, sdk.Default("1 MB"))
	sdk.Choice(s, &p.mode, "Evaluation Mode", "Whether the strategy is applied to each line or to the content as a whole. Lines end with "+
		"a line feed, a carriage return or both.", []evaluationMode{lineByLine, entireText}, sdk.Required, sdk.Default(string(lineByLine)))
	sdk.Choice(s, &p.lines, "Line-by-Line Evaluation Mode", "Which lines the strategy is applied to; the others stay as they are.",
		[]lineMode{allLines, firstLine, lastLine, exceptFirst, exceptLast}, sdk.Default(string(allLines)))
	s.Rel(&p.success, "success", "FlowFiles whose content was updated, or in which nothing matched.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be updated.")
}

func (p *replaceText) describeStrategy(s *sdk.Spec) {
	allowed := func(v strategy, doc string) sdk.Allowed {
		return sdk.Allowed{Value: string(v), Display: string(v), Doc: doc}
	}
	sdk.Choice(s, &p.how, "Replacement Strategy", "How to find what is replaced.", nil, sdk.Required, sdk.Default(string(regexReplace)),
		sdk.OneOf(
			allowed(prepend, "The Replacement Value is put before the content or before each line."),
			allowed(appendTo, "The Replacement Value is put after the content or at the end of each line."),
			allowed(surround, "Text is put before and after the content, or before and after each line."),
			allowed(regexReplace, "Each match of a regular expression is replaced. The Replacement Value may refer to its groups as $1."),
			allowed(literalReplace, "Each occurrence of the Search Value is replaced."),
			allowed(alwaysReplace, "The content or each line is replaced, whatever it is."),
			allowed(substitute, "Each ${name} in the content is replaced by the attribute of that name; ${name:-other} has a default.")))
}

func (p *replaceText) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "Regular Expression", "Search Value")
}

func (p *replaceText) Validate() []error {
	raw := p.search.Raw()
	if p.how != regexReplace || strings.Contains(raw, "${") {
		return nil
	}
	if _, err := javaregex.Compile(raw, 0); err != nil {
		return []error{sdk.Problem{Property: "Search Value", Value: raw, Reason: err.Error()}}
	}
	return nil
}

func (p *replaceText) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		out, err := p.update(s, ff)
		if err != nil {
			_ = s.Fail(ff, p.failure, err)
			continue
		}
		s.Transfer(out, p.success)
	}
	return nil
}

// editor makes the new version of one piece of text, whole contents or lines. It is for one FlowFile.
type editor interface {
	edit(w io.Writer, text []byte) error
}

func (p *replaceText) update(s *sdk.Session, ff sdk.FlowFile) (sdk.FlowFile, error) {
	e, err := p.editor(ff)
	if err != nil {
		return ff, err
	}
	if p.mode == lineByLine {
		return s.Rewrite(ff, func(r io.Reader, w io.Writer) error { return p.eachLine(e, r, w) })
	}
	if a, ok := e.(*adder); ok {
		return s.Rewrite(ff, func(r io.Reader, w io.Writer) error { return p.addAround(a, r, w) })
	}
	if a, ok := e.(always); ok {
		return s.Write(ff, func(w io.Writer) error { _, err := w.Write(p.charset.Encode(string(a))); return err })
	}
	return p.whole(s, ff, e)
}

// whole edits a content in memory. One in which nothing changes is not written again.
func (p *replaceText) whole(s *sdk.Session, ff sdk.FlowFile, e editor) (sdk.FlowFile, error) {
	b, err := s.ReadAll(ff, p.maxBuffer)
	if err != nil {
		return ff, err
	}
	text := []byte(p.charset.Decode(b))
	if r, ok := e.(*regexEditor); ok {
		if found, err := r.re.Find(string(text)); err != nil || !found {
			return ff, err
		}
	}
	return s.Write(ff, func(w io.Writer) error {
		out := p.charset.Writer(w)
		if err := e.edit(out, text); err != nil {
			return err
		}
		return out.Close()
	})
}

// addAround streams the content, so it may be of any size.
func (p *replaceText) addAround(a *adder, r io.Reader, w io.Writer) error {
	if _, err := w.Write(p.charset.Encode(a.before)); err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	_, err := w.Write(p.charset.Encode(a.after))
	return err
}

func (p *replaceText) eachLine(e editor, r io.Reader, w io.Writer) error {
	in := newLineScanner(p.charset.Reader(r), p.maxBuffer)
	out := p.charset.Writer(w)
	buf := bufio.NewWriterSize(out, 32<<10)
	for first := true; ; first = false {
		line, err := in.next()
		if err == io.EOF { //nolint:errorlint // of our own making
			break
		}
		if err != nil {
			return err
		}
		if p.concerns(first, in) {
			err = e.edit(buf, line)
		} else {
			_, err = buf.Write(line)
		}
		if err != nil {
			return err
		}
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	return out.Close()
}

// concerns tells whether the line just read is to be edited.
func (p *replaceText) concerns(first bool, in *lineScanner) bool {
	switch p.lines {
	case firstLine:
		return first
	case exceptFirst:
		return !first
	case lastLine:
		return in.atEnd()
	case exceptLast:
		return !in.atEnd()
	case allLines:
	}
	return true
}

// editor evaluates the properties for one FlowFile.
func (p *replaceText) editor(ff sdk.FlowFile) (editor, error) {
	switch p.how {
	case regexReplace:
		return p.regexEditor(ff)
	case substitute:
		return &substitutor{lookup: ff.Lookup}, nil
	case surround:
		return newAdder(ff, p.before, p.after)
	case prepend:
		return newAdder(ff, p.value, sdk.Text{})
	case appendTo:
		return newAdder(ff, sdk.Text{}, p.value)
	case alwaysReplace, literalReplace:
	}
	value, err := p.value.For(ff)
	if err != nil {
		return nil, fmt.Errorf("evaluate Replacement Value: %w", err)
	}
	if p.how == alwaysReplace {
		return always(value), nil
	}
	search, err := p.search.For(ff)
	switch {
	case err != nil:
		return nil, fmt.Errorf("evaluate Search Value: %w", err)
	case search == "":
		return nil, fmt.Errorf("the Search Value %s is empty for this FlowFile", p.search.Raw())
	}
	return &literalEditor{[]byte(search), value}, nil
}
