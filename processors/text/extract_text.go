package text

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/javaregex"
)

// ExtractText takes parts of contents into attributes.
var ExtractText = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ExtractText",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(extractText) },
}

type extractText struct {
	charset                    charset.Charset
	buffer                     int64
	longest                    int
	canonical                  bool
	flags                      [8]bool
	whole, repeat, namedGroups bool
	patterns                   []sdk.DynamicProperty
	compiled                   []*javaregex.Regexp // set by Start, one for each of patterns
	matched, unmatched         sdk.Relationship
}

// patternFlags are the properties that change how patterns are read.
var patternFlags = [8]struct {
	name, doc string
	flag      javaregex.Flags
}{
	{"Enable Case-insensitive Matching", "Whether letters of ASCII match whatever their case; as (?i).", javaregex.CaseInsensitive},
	{"Permit Whitespace and Comments in Pattern", "Whether spaces and what follows # in a pattern are passed over; as (?x).", javaregex.Comments},
	{"Enable DOTALL Mode", "Whether . matches the ends of lines, too; as (?s).", javaregex.DotAll},
	{"Enable Literal Parsing of the Pattern", "Whether patterns are plain texts.", javaregex.Literal},
	{"Enable Multiline Mode", "Whether ^ and $ match at each line; as (?m).", javaregex.Multiline},
	{"Enable Unicode-aware Case Folding", "With case-insensitive matching, whether that holds for all letters; as (?u).", javaregex.UnicodeCase},
	{"Enable Unicode Predefined Character Classes", `Whether \w, \d, \s and the like are those of Unicode; as (?U).`, javaregex.UnicodeClasses},
	{"Enable Unix Lines Mode", `Whether only \n ends a line; as (?d).`, javaregex.UnixLines},
}

func (p *extractText) Describe(s *sdk.Spec) {
	s.About("Evaluates regular expressions over contents and puts what their groups match into attributes.",
		"evaluate", "extract", "Text", "Regular Expression", "regex")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "How the content is encoded.", sdk.Required, sdk.Default("UTF-8"))
	s.Size(&p.buffer, "Maximum Buffer Size", "How much of the content is looked at, from its start.", sdk.Required, sdk.Default("1 MB"))
	s.Int(&p.longest, "Maximum Capture Group Length", "How many characters of a group are kept.", sdk.Default("1024"))
	no := []sdk.Option{sdk.Required, sdk.Default("false")}
	s.Bool(&p.canonical, "Enable Canonical Equivalence", "Whether NiFi takes characters for the same that Unicode composes in two ways: "+
		"accepted and not used.", no...)
	for i, f := range patternFlags {
		s.Bool(&p.flags[i], f.name, f.doc, no...)
	}
	s.Bool(&p.whole, "Include Capture Group 0", "Whether all that a pattern matches counts as its group 0.", sdk.Required, sdk.Default("true"))
	s.Bool(&p.repeat, "Enable Repeating Capture Group", "Whether all matches are looked for, not only the first.", no...)
	s.Bool(&p.namedGroups, "Enable Named Groups", "Whether attributes have the names of groups; then all groups must have one.", sdk.Default("false"))
	s.Dynamics(&p.patterns, sdk.DynamicSpec{
		NameDoc:  "The attribute for the first group; group n also goes to <name>.n, and with more matches the numbers go on.",
		ValueDoc: "A regular expression of Java with at least one group.", Doc: "What to extract.",
	})
	s.Rel(&p.matched, "matched", "FlowFiles in which at least one expression matched.")
	s.Rel(&p.unmatched, "unmatched", "FlowFiles in which none did.")
}

// Validate wants patterns that compile and have the groups that are asked for.
func (p *extractText) Validate() []error {
	var problems []error
	for _, d := range p.patterns {
		re, err := javaregex.Compile(d.Value.Raw(), p.mode())
		reason := ""
		switch {
		case err != nil:
			reason = err.Error()
		case !p.whole && re.Groups() < 1:
			reason = "it must have a capturing group, because group 0 is not included"
		case re.Groups() > 40:
			reason = "it has more than 40 capturing groups"
		case p.namedGroups && len(re.GroupNames()) != re.Groups():
			reason = "Named group count does not match total group count"
		}
		if reason != "" {
			problems = append(problems, sdk.Problem{Property: d.Name, Value: d.Value.Raw(), Reason: reason})
		}
	}
	return problems
}

func (p *extractText) mode() (flags javaregex.Flags) {
	for i, f := range patternFlags {
		if p.flags[i] {
			flags |= f.flag
		}
	}
	return flags
}

// Start compiles the patterns.
func (p *extractText) Start(context.Context, *sdk.Host) error {
	p.compiled = nil
	for _, d := range p.patterns {
		re, err := javaregex.Compile(d.Value.Raw(), p.mode())
		if err != nil {
			return err
		}
		p.compiled = append(p.compiled, re)
	}
	return nil
}

func (p *extractText) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		content, err := readStart(s, ff, p.buffer, p.charset)
		if err != nil {
			return err
		}
		found := map[string]string{}
		for i, re := range p.compiled {
			if err := p.extract(re, p.patterns[i].Name, content, found); err != nil { // it took too long
				s.Log().Error("a regular expression could not be evaluated", "property", p.patterns[i].Name, "flowfile", ff.UUID(), "error", err)
			}
		}
		if len(found) == 0 {
			s.Transfer(ff, p.unmatched)
			continue
		}
		attrs := make([]sdk.Attr, 0, len(found))
		for name, v := range found {
			attrs = append(attrs, sdk.Attr{Name: name, Value: v})
		}
		s.Transfer(s.PutAttrs(ff, attrs...), p.matched)
	}
	return nil
}

// extract adds what the groups of a pattern match to found.
func (p *extractText) extract(re *javaregex.Regexp, name, content string, found map[string]string) error {
	count := 0 // of matches for named groups, of groups for others
	return re.FindAll(content, func(loc []int) bool {
		group := func(i int) string {
			if loc[2*i] < 0 {
				return ""
			}
			return cut(content[loc[2*i]:loc[2*i+1]], p.longest)
		}
		if p.namedGroups && re.Groups() > 0 {
			for groupName, i := range re.GroupNames() {
				key := name + "." + groupName
				if count > 0 {
					key += "." + strconv.Itoa(count)
				}
				if v := group(i); v != "" {
					found[key] = v
				}
			}
			if p.whole && count == 0 {
				found[name] = content[loc[0]:loc[1]]
			}
			count++
			return p.repeat
		}
		first := 1
		if p.whole && count == 0 {
			first = 0
		}
		for i := first; i <= re.Groups(); i++ {
			v := group(i)
			if v == "" {
				continue
			}
			found[name+"."+strconv.Itoa(i+count)] = v
			if i == 1 && count == 0 {
				found[name] = v
			}
		}
		count += re.Groups()
		return p.repeat && count < maxGroups
	})
}

// maxGroups bounds the attributes that one expression makes.
const maxGroups = 100_000

// cut returns at most n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}

// readStart returns the start of a content as text.
func readStart(s *sdk.Session, ff sdk.FlowFile, limit int64, c charset.Charset) (string, error) {
	r, err := s.Read(ff)
	if err != nil {
		return "", err
	}
	defer r.Close() //nolint:errcheck // it was only read
	b := slices.Grow([]byte(nil), int(min(limit, ff.Size())))[:min(limit, ff.Size())]
	if _, err := r.ReadAt(b, 0); err != nil && int64(len(b)) < ff.Size() {
		return "", fmt.Errorf("read the start of the content: %w", err)
	}
	return c.Decode(b), nil
}
