package core

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
)

// LogAttribute writes the attributes of FlowFiles to the log.
var LogAttribute = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.LogAttribute",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(logAttribute) },
}

type outputFormat string

const (
	linePerAttribute outputFormat = "Line per Attribute"
	singleLine       outputFormat = "Single Line"
)

type logAttribute struct {
	level            slog.Level
	payload          bool
	names, ignored   map[string]bool // nil: no limit
	matching, unlike func(string) bool
	properties       bool
	format           outputFormat
	prefix, charset  sdk.Text
	success          sdk.Relationship
}

func (p *logAttribute) Describe(s *sdk.Spec) {
	s.About("Writes the attributes of FlowFiles to the log, and their contents if asked.", "attributes", "logging")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Parsed(s, &p.level, parseLevel, "Log Level", "The level of the log entries.", sdk.Required, sdk.Default("info"), levels())
	s.Bool(&p.payload, "Log Payload", "Whether the content is logged too, if it is smaller than 1 MB. Contents may be private.",
		sdk.Required, sdk.Default("false"))
	sdk.Parsed(s, &p.names, parseNames, "Attributes to Log", "A comma-separated list of attributes to log; all if empty.")
	sdk.Parsed(s, &p.matching, wholeMatch, "Attributes to Log Regular Expression",
		"Only attributes whose whole name matches are logged.", sdk.Default(".*"))
	sdk.Parsed(s, &p.ignored, parseNames, "Attributes to Ignore", "A comma-separated list of attributes not to log.")
	sdk.Parsed(s, &p.unlike, wholeMatch, "Attributes to Ignore Regular Expression",
		"Attributes whose whole name matches are not logged.")
	s.Bool(&p.properties, "Log FlowFile Properties", "Whether to log the entry date, the lineage start date and the size.",
		sdk.Required, sdk.Default("true"))
	sdk.Choice(s, &p.format, "Output Format", "How the attributes are laid out.",
		[]outputFormat{linePerAttribute, singleLine}, sdk.Required, sdk.Default(string(linePerAttribute)))
	s.Text(&p.prefix, "Log Prefix", "A word to put into the first and last line, to tell the entries of this processor from others.",
		sdk.PerFlowFile)
	s.Text(&p.charset, "Character Set", "The character set of the contents.", sdk.Required, sdk.Default("UTF-8"), sdk.PerFlowFile)
	s.Rel(&p.success, "success", "All FlowFiles.")
}

func (p *logAttribute) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "attributes-to-log-regex", "Attributes to Log Regular Expression")
	sdk.Rename(values, "attributes-to-ignore-regex", "Attributes to Ignore Regular Expression")
	sdk.Rename(values, "character-set", "Character Set")
	sdk.Rename(values, "Log prefix", "Log Prefix")
}

func levels() sdk.Option {
	var allowed []sdk.Allowed
	for _, name := range []string{"trace", "debug", "info", "warn", "error"} {
		allowed = append(allowed, sdk.Allowed{Value: name})
	}
	return sdk.OneOf(allowed...)
}

func parseLevel(name string) (slog.Level, error) {
	if name == "trace" {
		return slog.LevelDebug - 4, nil
	}
	var l slog.Level
	return l, l.UnmarshalText([]byte(name))
}

func parseNames(list string) (map[string]bool, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	names := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		names[strings.TrimSpace(name)] = true
	}
	return names, nil
}

func (p *logAttribute) Trigger(ctx context.Context, s *sdk.Session) error {
	log := s.Log()
	enabled := log.Enabled(ctx, p.level)
	for _, ff := range s.GetBatch(batch) {
		if enabled {
			entry, err := p.entry(s, ff)
			if err != nil {
				keep(s, ff, "FlowFile left in its queue: it cannot be logged", err)
				continue
			}
			log.Log(ctx, p.level, entry) //nolint:sloglint // the entry is the purpose
		}
		s.Transfer(ff, p.success)
	}
	return nil
}

// javaDate is how Java prints a Date, which is what tools that read such logs expect.
const javaDate = "Mon Jan 02 15:04:05 MST 2006"

func (p *logAttribute) entry(s *sdk.Session, ff sdk.FlowFile) (string, error) {
	prefix, err := p.prefix.For(ff)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("logging for FlowFile " + ff.UUID() + "\n")
	if p.format == linePerAttribute {
		p.lines(&b, ff, dashes(prefix))
	} else {
		p.line(&b, ff)
	}
	if p.payload {
		content, err := p.content(s, ff)
		if err != nil {
			return "", err
		}
		b.WriteString("\n" + content)
	}
	return strings.TrimSpace(b.String()), nil
}

// facts are what is logged beside the attributes.
func facts(ff sdk.FlowFile) [][2]string {
	date := func(t time.Time) string { return t.Format(javaDate) }
	return [][2]string{
		{"entryDate", date(ff.EntryDate())},
		{"lineageStartDate", date(ff.LineageStart())},
		{"fileSize", strconv.FormatInt(ff.Size(), 10)},
	}
}

func (p *logAttribute) lines(b *strings.Builder, ff sdk.FlowFile, rule string) {
	b.WriteString(rule)
	if p.properties {
		b.WriteString("\nFlowFile Properties")
		for _, f := range facts(ff) {
			fmt.Fprintf(b, "\nKey: '%s'\n\tValue: '%s'", f[0], f[1])
		}
	}
	b.WriteString("\nFlowFile Attribute Map Content")
	attrs := p.chosen(ff)
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		fmt.Fprintf(b, "\nKey: '%s'\n\tValue: '%s'", name, attrs[name])
	}
	b.WriteString("\n" + rule)
}

func (p *logAttribute) line(b *strings.Builder, ff sdk.FlowFile) {
	attrs := p.chosen(ff)
	if p.properties {
		for _, f := range facts(ff) {
			attrs[f[0]] = f[1]
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		parts = append(parts, name+"="+attrs[name])
	}
	b.WriteString("FlowFile Properties: {" + strings.Join(parts, ", ") + "}")
}

func (p *logAttribute) chosen(ff sdk.FlowFile) map[string]string {
	attrs := ff.AttrMap()
	maps.DeleteFunc(attrs, func(name, _ string) bool {
		return (p.names != nil && !p.names[name]) || (p.matching != nil && !p.matching(name)) ||
			p.ignored[name] || (p.unlike != nil && p.unlike(name))
	})
	return attrs
}

const maxPayload = 1 << 20

func (p *logAttribute) content(s *sdk.Session, ff sdk.FlowFile) (string, error) {
	if ff.Size() >= maxPayload {
		return "The content is not logged: it is larger than 1 MB.", nil
	}
	name, err := p.charset.For(ff)
	if err != nil {
		return "", err
	}
	cs, err := charset.Parse(name)
	if err != nil {
		return "", err
	}
	content, err := s.ReadAll(ff, maxPayload)
	return cs.Decode(content), err
}

// dashes makes the rule of 50 characters above and below an entry, with the prefix in its middle.
func dashes(prefix string) string {
	if strings.TrimSpace(prefix) == "" {
		return strings.Repeat("-", 50)
	}
	n := utf8.RuneCountInString(prefix)
	if n > 40 {
		prefix, n = string([]rune(prefix)[:37])+"...", 40
	}
	left := (40 - n) / 2
	return strings.Repeat("-", 5+left) + prefix + strings.Repeat("-", 40-n-left+5)
}
