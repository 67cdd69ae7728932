package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/grok"
)

// GrokReader reads lines of logs as records by Grok expressions.
var GrokReader = sdk.Component{
	Type:       "org.apache.nifi.grok.GrokReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(grokReader) },
}

type grokReader struct {
	source   schemaSource
	patterns sdk.Text
	text     string // expressions, one a line, or where they are
	noMatch  grok.NoMatch

	expressions []*grok.Expression
}

func (p *grokReader) Describe(s *sdk.Spec) {
	s.About("Reads lines of text, such as logs, as records whose fields Grok expressions find. A stack trace belongs to the line before it.",
		"grok", "logs", "logfiles", "parse", "unstructured", "text", "record", "reader", "regex", "pattern", "logstash")
	s.Offers(record.ReaderFactoryType)
	s.Restricted("reference remote resources", "Patterns and expressions may be read from files and addresses.")
	p.source.describe(s, schemaFromGrok, schemaFromGrok, schemaFromName, schemaFromText, schemaByReference)
	s.Text(&p.patterns, "Grok Patterns", "Further patterns, one a line: a name, a space, a regular expression; or the file or address of such a text. "+
		"They replace built-in ones of the same name.", sdk.FromEnv, sdk.Refers(sdk.File))
	s.String(&p.text, "Grok Expressions", "The expressions, one a line, that are tried in order for each line; or the file or address of such a text.",
		sdk.Required, sdk.Refers(sdk.File))
	sdk.Choice(s, &p.noMatch, "No Match Behavior", "What to do with a line that matches no expression and is no stack trace.", nil,
		sdk.Required, sdk.Default(string(grok.Append)), sdk.OneOf(
			sdk.Allowed{Value: string(grok.Append), Display: "Append to Previous Message", Doc: "It is appended to the last field of the record before it."},
			sdk.Allowed{Value: string(grok.Skip), Display: "Skip Line", Doc: "It is skipped."},
			sdk.Allowed{Value: string(grok.Raw), Display: "Raw Line", Doc: "It becomes a record with the field _raw only."}))
}

// Validate implements [sdk.Validator]. What is in files or at addresses is looked at on start.
func (p *grokReader) Validate() []error {
	problems := p.source.validate()
	patterns, err := p.patterns.For(sdk.FlowFile{})
	if err != nil {
		return append(problems, err)
	}
	if isElsewhere(patterns) || isElsewhere(p.text) {
		return problems
	}
	if p.expressions, err = compileGrok(patterns, p.text); err != nil {
		problems = append(problems, err)
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *grokReader) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "Grok Pattern File", "Grok Patterns")
	sdk.Rename(values, "Grok Expression", "Grok Expressions")
	sdk.Rename(values, "no-match-behavior", "No Match Behavior")
}

// Start implements [sdk.Starter].
func (p *grokReader) Start(ctx context.Context, _ *sdk.Host) error {
	patterns, err := p.patterns.For(sdk.FlowFile{})
	if err != nil {
		return err
	}
	if patterns, err = textAt(ctx, patterns); err != nil {
		return fmt.Errorf("'Grok Patterns': %w", err)
	}
	expressions, err := textAt(ctx, p.text)
	if err != nil {
		return fmt.Errorf("'Grok Expressions': %w", err)
	}
	p.expressions, err = compileGrok(patterns, expressions)
	return err
}

func compileGrok(patterns, expressions string) (all []*grok.Expression, err error) {
	known, err := grok.ParsePatterns(patterns)
	if err != nil {
		return nil, err
	}
	for l := range strings.Lines(expressions) {
		if l = strings.TrimRight(l, "\r\n"); l == "" {
			continue
		}
		e, err := known.Compile(l)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if all == nil {
		return nil, errors.New("'Grok Expressions' has no expression")
	}
	return all, nil
}

// maxResource bounds a text that stands in a file or at an address.
const maxResource = 4 << 20

// isElsewhere tells whether a value says where the text is, in place of the text.
func isElsewhere(value string) bool {
	return strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://") ||
		!strings.ContainsAny(value, "\n%") && (strings.HasPrefix(value, "/") || strings.HasPrefix(value, "file:") || strings.HasPrefix(value, "./"))
}

func textAt(ctx context.Context, value string) (string, error) {
	if !isElsewhere(value) {
		return value, nil
	}
	var in io.ReadCloser
	if strings.HasPrefix(value, "http") {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, value, nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		in = resp.Body
		if resp.StatusCode != http.StatusOK {
			_ = in.Close()
			return "", fmt.Errorf("%s answers %s", value, resp.Status)
		}
	} else {
		f, err := os.Open(strings.TrimPrefix(strings.TrimPrefix(value, "file:"), "//"))
		if err != nil {
			return "", err
		}
		in = f
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxResource+1))
	if len(b) > maxResource {
		return "", fmt.Errorf("%s has more than %d bytes", value, maxResource)
	}
	return string(b), err
}

// NewReader implements [record.ReaderFactory].
func (p *grokReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := grok.Options{Expressions: p.expressions, NoMatch: p.noMatch}
	if p.source.strategy != schemaFromGrok {
		var err error
		if o.Schema, err = p.source.schema(ctx, attrs, in); err != nil {
			return nil, err
		}
	}
	return grok.NewReader(in, o), nil
}
