// Package csvformat is the group of properties by which readers, writers and
// lookup services describe a dialect of CSV.
package csvformat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/services/record/csv"
)

// Property is the name of the property that chooses a dialect, Custom its value
// for the one that the other properties describe.
const (
	Property = "CSV Format"
	Custom   = "custom"
)

var formats = []sdk.Allowed{
	{Value: Custom, Display: "Custom Format", Doc: "The format that the following properties describe."},
	{Value: "rfc-4180", Display: "RFC 4180", Doc: "Commas, double quotes, and quotes doubled inside of them."},
	{Value: "excel", Display: "Microsoft Excel", Doc: "As Microsoft Excel writes it."},
	{Value: "tdf", Display: "Tab-Delimited", Doc: "Tabs between the fields; white space around them is ignored."},
	{Value: "mysql", Display: "MySQL Format", Doc: `As MySQL's SELECT INTO OUTFILE writes it: tabs, backslash as the escape character, \N for null.`},
	{Value: "informix-unload", Display: "Informix Unload", Doc: "As Informix UNLOAD writes it: vertical bars, backslash as the escape character."},
	{Value: "informix-unload-csv", Display: "Informix Unload Escape Disabled", Doc: "As Informix UNLOAD writes it with commas and without an escape character."},
}

// Properties are the properties of a dialect. The exported ones are declared
// by whoever has them.
type Properties struct {
	Name                              string
	separator, quote, escape, comment sdk.Text
	null                              sdk.Text
	trim                              bool

	RecordSeparator   string
	QuoteMode         csv.QuoteMode
	TrailingSeparator bool
}

// IfCustom makes a property apply to the custom dialect only.
var IfCustom = sdk.When(Property, Custom)

// DescribeFormat declares the choice of a dialect, with more of them than usual.
func (f *Properties) DescribeFormat(s *sdk.Spec, preset string, more ...sdk.Allowed) {
	s.String(&f.Name, Property, "The dialect of CSV.", sdk.Required, sdk.Default(preset), sdk.OneOf(append(slices.Clone(formats), more...)...))
}

// DescribeSeparator declares the separator of fields.
func (f *Properties) DescribeSeparator(s *sdk.Spec) {
	s.Text(&f.separator, "Value Separator", `The character between two fields. \t and \u0001 are understood.`,
		sdk.Required, sdk.PerFlowFile, sdk.Default(","), IfCustom)
}

// DescribeQuote declares the quote character.
func (f *Properties) DescribeQuote(s *sdk.Spec) {
	s.Text(&f.quote, "Quote Character", "The character around fields that hold what has a meaning otherwise.",
		sdk.Required, sdk.PerFlowFile, sdk.Default(`"`), IfCustom)
}

// DescribeQuoteMode declares which fields are quoted.
func (f *Properties) DescribeQuoteMode(s *sdk.Spec) {
	sdk.Choice(s, &f.QuoteMode, "Quote Mode", "Which fields are put in quotes.", nil, sdk.Required, sdk.Default(string(csv.QuoteMinimal)),
		IfCustom, sdk.OneOf(
			sdk.Allowed{Value: string(csv.QuoteAll), Display: "Quote All Values", Doc: "All fields."},
			sdk.Allowed{Value: string(csv.QuoteMinimal), Display: "Quote Minimal", Doc: "Fields that hold what has a meaning otherwise."},
			sdk.Allowed{Value: string(csv.QuoteNonNumeric), Display: "Quote Non-Numeric Values", Doc: "All fields that are no numbers."},
			sdk.Allowed{Value: string(csv.QuoteNone), Display: "Do Not Quote Values", Doc: "No field; the escape character is used where needed."}))
}

// DescribeEscape declares the escape character.
func (f *Properties) DescribeEscape(s *sdk.Spec) {
	s.Text(&f.escape, "Escape Character", "The character that takes the meaning away from the next one; empty for none.",
		sdk.Required, sdk.MayBeEmpty, sdk.PerFlowFile, sdk.Default(`\`), IfCustom)
}

// DescribeComment declares the comment marker.
func (f *Properties) DescribeComment(s *sdk.Spec) {
	s.Text(&f.comment, "Comment Marker", "The character that starts a comment line.", sdk.PerFlowFile, IfCustom)
}

// DescribeNull declares the text that stands for null.
func (f *Properties) DescribeNull(s *sdk.Spec) {
	s.Text(&f.null, "Null String", "The text that stands for null.", IfCustom)
}

// DescribeTrim declares whether white space is cut off fields.
func (f *Properties) DescribeTrim(s *sdk.Spec) {
	s.Bool(&f.trim, "Trim Fields", "Whether white space at both ends of a field is cut off.", sdk.Required, sdk.Default("true"), IfCustom)
}

// Migrate accepts the names of NiFi 1.x.
func Migrate(values map[string]string) {
	for _, p := range []string{
		"CSV Format", "Value Separator", "Record Separator", "Quote Character", "Escape Character", "Comment Marker",
		"Null String", "Trim Fields", "Quote Mode", "Allow Duplicate Header Names", "Treat First Line as Header",
	} {
		sdk.Rename(values, strings.ToLower(strings.ReplaceAll(p, " ", "-")), p)
		sdk.Rename(values, "csvutils-"+strings.ToLower(strings.ReplaceAll(p, " ", "-")), p)
	}
	for old, name := range map[string]string{
		"Skip Header Line": "Treat First Line as Header", "ignore-csv-header": "Ignore CSV Header Column Names",
		"csv-reader-csv-parser": "CSV Parser", "csv-writer": "CSV Writer", "csvutils-character-set": "Character Set",
		"csvutils-allow-duplicate-header-names": "Allow Duplicate Header Names", "trim-double-quote": "Trim Double Quote",
	} {
		sdk.Rename(values, old, name)
	}
}

// Format is the dialect for a FlowFile with these attributes.
func (f *Properties) Format(attrs map[string]string) (csv.Format, error) {
	if f.Name != Custom {
		return csv.Named[f.Name], nil
	}
	out := csv.Custom
	for _, c := range []struct {
		name string
		text sdk.Text
		dst  *rune
	}{
		{"Value Separator", f.separator, &out.Separator},
		{"Quote Character", f.quote, &out.Quote},
		{"Escape Character", f.escape, &out.Escape},
		{"Comment Marker", f.comment, &out.Comment},
	} {
		v, err := c.text.ForAttrs(attrs)
		if err == nil {
			*c.dst, err = character(v)
		}
		if err != nil {
			return out, fmt.Errorf("'%s': %w", c.name, err)
		}
	}
	out.Trim = f.trim
	if f.null.IsSet() {
		out.NullString, out.HasNull = unescape(f.null.Raw()), true
	}
	out.RecordSeparator, out.QuoteMode, out.TrailingSeparator = unescape(f.RecordSeparator), f.QuoteMode, f.TrailingSeparator
	return out, out.Check()
}

// Validate checks what does not depend on a FlowFile.
func (f *Properties) Validate() []error {
	for _, t := range []sdk.Text{f.separator, f.quote, f.escape, f.comment} {
		if strings.Contains(t.Raw(), "${") {
			return nil
		}
	}
	if _, err := f.Format(nil); err != nil {
		return []error{err}
	}
	return nil
}

func character(v string) (rune, error) {
	v = unescape(v)
	if v == "" {
		return 0, nil
	}
	r, size := utf8.DecodeRuneInString(v)
	if size != len(v) {
		return 0, fmt.Errorf("%q must be a single character", v)
	}
	return r, nil
}

// unescape understands Java's escapes in texts of more than one character.
func unescape(s string) string {
	if len(s) < 2 || !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for s != "" {
		r, _, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil { // not an escape that Java knows either: the backslash goes
			if s = s[1:]; s == "" {
				break
			}
			_, size := utf8.DecodeRuneInString(s)
			out.WriteString(s[:size])
			s = s[size:]
			continue
		}
		out.WriteRune(r)
		s = rest
	}
	return out.String()
}
