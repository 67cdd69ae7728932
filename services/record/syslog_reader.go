package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/syslog"
)

// SyslogReader reads syslog messages of RFC 3164 as records.
var SyslogReader = sdk.Component{
	Type:     "org.apache.nifi.syslog.SyslogReader",
	Artifact: artifact,
	NewService: func() sdk.ControllerService {
		return &syslogReader{parser: syslog.RFC3164{}, about: "Reads syslog messages, one a line, of RFC 3164 and RFC 5424; " +
			"structured data is left in the message."}
	},
}

// Syslog5424Reader reads syslog messages of RFC 5424 as records.
var Syslog5424Reader = sdk.Component{
	Type:     "org.apache.nifi.syslog.Syslog5424Reader",
	Artifact: artifact,
	NewService: func() sdk.ControllerService {
		return &syslogReader{
			parser: syslog.RFC5424{}, about: "Reads syslog messages, one a line, strictly by RFC 5424, with their structured data.",
			tags: []string{"syslog 5424"},
		}
	},
}

type syslogReader struct {
	parser  syslog.Parser
	about   string
	tags    []string
	charset charset.Charset
	raw     bool
}

func (p *syslogReader) Describe(s *sdk.Spec) {
	s.About(p.about, append([]string{"syslog", "logs", "logfiles", "parse", "text", "record", "reader"}, p.tags...)...)
	s.Offers(record.ReaderFactoryType)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the messages.", sdk.Required, sdk.Default("UTF-8"))
	s.Bool(&p.raw, "Raw Message", "Whether records have a field _raw with the message as it is.", sdk.Required, sdk.Default("false"))
}

// MigrateProperties implements [sdk.Migrator].
func (p *syslogReader) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "syslog-5424-reader-raw-message", "Raw Message")
}

// NewReader implements [record.ReaderFactory].
func (p *syslogReader) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	return syslog.NewReader(p.charset.Reader(in), p.parser, p.raw), nil
}
