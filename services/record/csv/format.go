// Package csv reads and writes records as delimited text: the codec behind the
// CSVReader and CSVRecordSetWriter services and the CSV lookup services.
//
// It understands what Apache Commons CSV does in NiFi: quoted fields over
// several lines, doubled quotes, escapes, comment lines, any of CR, LF and CRLF
// as the end of a row. Rows are parsed in place in one buffer and turned into
// typed values without intermediate strings.
package csv

import (
	"fmt"
	"unicode/utf8"
)

// QuoteMode says which fields a writer puts in quotes.
type QuoteMode string

// The quote modes, by NiFi's names.
const (
	QuoteAll        QuoteMode = "ALL"
	QuoteMinimal    QuoteMode = "MINIMAL"
	QuoteNonNumeric QuoteMode = "NON_NUMERIC"
	QuoteNone       QuoteMode = "NONE"
	quoteNonNull    QuoteMode = "ALL_NON_NULL"
)

// Format is a dialect of delimited text. 0 stands for no such character.
type Format struct {
	Separator rune // the only one that need not be ASCII
	Quote     rune
	Escape    rune
	Comment   rune // of comment lines, which readers skip
	// NullString stands for null if HasNull.
	NullString string
	HasNull    bool
	// Trim cuts white space off both ends of every field, quoted or not.
	Trim bool
	// IgnoreSpaces cuts it around quotes and unquoted fields only.
	IgnoreSpaces bool
	// KeepEmptyLines makes an empty line a row of one empty field.
	KeepEmptyLines bool
	// NoDuplicateHeaders refuses content whose header names a column twice.
	NoDuplicateHeaders bool

	// RecordSeparator ends a row; only writers use it.
	RecordSeparator string
	QuoteMode       QuoteMode
	// TrailingSeparator puts a separator behind the last field of a row.
	TrailingSeparator bool
}

// Custom is the format of NiFi's "Custom Format" with its default properties.
var Custom = Format{Separator: ',', Quote: '"', Escape: '\\', Trim: true, RecordSeparator: "\n", QuoteMode: QuoteMinimal}

// Default is Commons CSV's default format, which the lookup services use.
var Default = Format{Separator: ',', Quote: '"', RecordSeparator: "\r\n", QuoteMode: QuoteMinimal}

// Named are the other predefined formats by their names in NiFi's properties.
var Named = map[string]Format{
	"default":  Default,
	"rfc-4180": rfc4180,
	"RFC4180":  rfc4180,
	"excel":    rfc4180,
	"tdf":      {Separator: '\t', Quote: '"', IgnoreSpaces: true, RecordSeparator: "\r\n", QuoteMode: QuoteMinimal},
	"mysql": {
		Separator: '\t', Escape: '\\', NullString: `\N`, HasNull: true, KeepEmptyLines: true,
		RecordSeparator: "\n", QuoteMode: quoteNonNull,
	},
	"informix-unload":     {Separator: '|', Quote: '"', Escape: '\\', RecordSeparator: "\n", QuoteMode: QuoteMinimal},
	"informix-unload-csv": {Separator: ',', Quote: '"', RecordSeparator: "\n", QuoteMode: QuoteMinimal},
}

var rfc4180 = Format{Separator: ',', Quote: '"', KeepEmptyLines: true, RecordSeparator: "\r\n", QuoteMode: QuoteMinimal}

// Check reports characters that cannot be told apart.
func (f Format) Check() error {
	if f.Separator == 0 || f.Separator == '\n' || f.Separator == '\r' || !utf8.ValidRune(f.Separator) {
		return fmt.Errorf("value separator %q cannot be used; choose one character that is not a line end", f.Separator)
	}
	for name, r := range map[string]rune{"quote character": f.Quote, "escape character": f.Escape, "comment marker": f.Comment} {
		if r == 0 {
			continue
		}
		if r >= utf8.RuneSelf || r == '\n' || r == '\r' {
			return fmt.Errorf("%s %q cannot be used; choose an ASCII character that is not a line end", name, r)
		}
		if r == f.Separator {
			return fmt.Errorf("%s and value separator are both %q; choose different characters", name, r)
		}
	}
	return nil
}
