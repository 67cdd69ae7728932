package record

import (
	"context"
	"fmt"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// ValidateRecord puts records aside that do not fit a schema.
var ValidateRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ValidateRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(validateRecord) },
}

const (
	readerSchema = "reader-schema"
	schemaName   = "schema-name"
	schemaText   = "schema-text-property"
)

type validateRecord struct {
	formats
	invalidWriter           record.WriterFactory
	access                  string
	registry                record.SchemaRegistry
	name, branch, version   sdk.Text
	text                    sdk.Text
	extra, strict, coerce   bool
	details, maxDetails     sdk.Text
	valid, invalid, failure sdk.Relationship
}

func (p *validateRecord) Describe(s *sdk.Spec) {
	s.About("Checks records against a schema. Those that fit go to 'valid', the others to 'invalid'; what is wrong with them "+
		"is said in the provenance event and, if wanted, in an attribute.",
		"record", "schema", "validate")
	s.Details("Content that cannot be parsed at all, so that it has no records, goes to 'failure' as a whole. " +
		"A value that does not fit the type that the reader's schema gives its field makes its record invalid; it is written as it stood.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Service(s, &p.invalidWriter, writerType, "Record Writer for Invalid Records",
		"How to write invalid records, for writers that cannot put down what does not fit a schema. Without it, the Record Writer is used.")
	s.String(&p.access, "Schema Access Strategy", "Where the schema to check against comes from.", sdk.Required, sdk.Default(readerSchema), sdk.OneOf(
		sdk.Allowed{Value: readerSchema, Display: "Use Reader's Schema", Doc: "The schema of the Record Reader."},
		sdk.Allowed{Value: schemaName, Display: "Use 'Schema Name' Property", Doc: "A schema of that name in the Schema Registry."},
		sdk.Allowed{Value: schemaText, Display: "Use 'Schema Text' Property", Doc: "An Avro schema written there."}))
	sdk.Service(s, &p.registry, "org.apache.nifi.schemaregistry.services.SchemaRegistry", "Schema Registry", "Where schemas are found by name.",
		sdk.When("Schema Access Strategy", schemaName))
	s.Text(&p.name, "Schema Name", "The name of the schema.", sdk.PerFlowFile, sdk.Default("${schema.name}"), sdk.When("Schema Access Strategy", schemaName))
	s.Text(&p.branch, "Schema Branch", "The branch of the schema, for registries that have branches.", sdk.PerFlowFile, sdk.When("Schema Access Strategy", schemaName))
	s.Text(&p.version, "Schema Version", "The version of the schema; without it, the latest.", sdk.PerFlowFile, sdk.When("Schema Access Strategy", schemaName))
	s.Text(&p.text, "Schema Text", "The text of an Avro schema.", sdk.PerFlowFile, sdk.Default("${avro.schema}"), sdk.When("Schema Access Strategy", schemaText))
	s.Bool(&p.extra, "Allow Extra Fields", "Whether a record may have fields that the schema lacks.", sdk.Required, sdk.Default("true"))
	s.Bool(&p.strict, "Strict Type Checking", "Whether values must be of the schema's types as they are, or may be converted to them: "+
		`with false, the text "123" is a whole number, too.`, sdk.Required, sdk.Default("true"))
	s.Bool(&p.coerce, "Force Types From Reader Schema", "Whether values are converted to the types of the reader's schema first; those "+
		"that cannot be are left out.", sdk.Required, sdk.Default("false"))
	s.Text(&p.details, "Validation Details Attribute Name", "The attribute of invalid FlowFiles that says what is wrong.", sdk.PerFlowFile)
	s.Text(&p.maxDetails, "Maximum Validation Details Length", "How many characters that attribute may have; what is beyond is cut off.", sdk.PerFlowFile, sdk.Default("1024"))
	s.Rel(&p.valid, "valid", "Records that fit the schema.")
	s.Rel(&p.invalid, "invalid", "Records that do not fit the schema.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read, checked or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *validateRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	for _, r := range [][2]string{
		{"invalid-record-writer", "Record Writer for Invalid Records"},
		{"allow-extra-fields", "Allow Extra Fields"},
		{"strict-type-checking", "Strict Type Checking"},
		{"coerce-types", "Force Types From Reader Schema"},
		{"validation-details-attribute-name", "Validation Details Attribute Name"},
		{"maximum-validation-details-length", "Maximum Validation Details Length"},
		{"schema-access-strategy", "Schema Access Strategy"},
		{"schema-registry", "Schema Registry"},
		{"schema-name", "Schema Name"},
		{"schema-branch", "Schema Branch"},
		{"schema-version", "Schema Version"},
		{"schema-text", "Schema Text"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
	if values["Schema Access Strategy"] == "schema-name-property" {
		values["Schema Access Strategy"] = schemaName
	}
}

// Validate wants a registry where one is used.
func (p *validateRecord) Validate() []error {
	if p.access == schemaName && p.registry == nil {
		return []error{sdk.Problem{Property: "Schema Registry", Reason: "it is needed to find a schema by name"}}
	}
	return nil
}

func (p *validateRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		if err := p.validate(ctx, s, ff); err != nil {
			if err := fail(ctx, s, ff, p.failure, "validate records", err); err != nil {
				return err
			}
			continue
		}
		s.Remove(ff)
	}
	return nil
}

func (p *validateRecord) validate(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) error {
	name, err := p.details.For(ff)
	if err != nil {
		return err
	}
	limit := int64(0)
	if name != "" {
		if limit, err = p.maxDetails.Int(ff); err != nil {
			return err
		}
	}
	check := &validator{strict: p.strict, extra: p.extra, formats: record.DefaultFormats}
	var valid, invalid int64
	err = fork(s, ff, func(first, second *branch) error { return p.sort(ctx, s, ff, check, first, second) },
		func(child sdk.FlowFile, b *branch, fits bool) {
			if fits {
				valid = b.result.Count
				s.Routed(child, p.valid, "")
				s.Transfer(child, p.valid)
				return
			}
			invalid = b.result.Count
			details := check.found.String()
			if name != "" {
				child = s.PutAttr(child, name, cut(details, limit))
			}
			s.Routed(child, p.invalid, details)
			s.Transfer(child, p.invalid)
		})
	if err == nil {
		s.Counter("Records Validated", valid+invalid)
		s.Counter("Records Found Valid", valid)
		s.Counter("Records Found Invalid", invalid)
	}
	return err
}

// cut shortens a text to a number of characters.
func cut(text string, limit int64) string {
	if runes := []rune(text); int64(len(runes)) > limit {
		return string(runes[:max(limit, 0)])
	}
	return text
}

// sort writes valid records to first with the schema that they were checked against, and others to second with their own.
func (p *validateRecord) sort(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, check *validator, first, second *branch) error {
	in, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	if l, ok := reader.(record.Lenient); ok {
		l.Lenient()
	}
	schema, err := p.schema(ctx, ff, reader)
	if err != nil {
		return err
	}
	first.factory, first.schema = p.writer, schema
	if second.factory = p.invalidWriter; second.factory == nil {
		second.factory = p.writer
	}
	return each(ctx, reader, func(r *record.Record) error {
		if p.coerce {
			coerce(r, check.formats)
		}
		if check.valid(r, schema, "") {
			return first.write(ctx, r, attrs)
		}
		if second.schema == nil {
			second.schema = untyped(r.Schema())
		}
		return second.write(ctx, r, attrs)
	})
}

// schema is the one to check against.
func (p *validateRecord) schema(ctx context.Context, ff sdk.FlowFile, reader record.Reader) (*record.Schema, error) {
	switch p.access {
	case schemaName:
		return p.registered(ctx, ff)
	case schemaText:
		text, err := p.text.For(ff)
		if err != nil {
			return nil, err
		}
		schema, err := record.ParseAvro(text)
		if err != nil {
			return nil, fmt.Errorf("Schema Text: %w", err) //nolint:staticcheck // a property's name
		}
		return schema, nil
	}
	return reader.Schema()
}

func (p *validateRecord) registered(ctx context.Context, ff sdk.FlowFile) (*record.Schema, error) {
	name, err := p.name.For(ff)
	if err != nil {
		return nil, err
	}
	branch, err := p.branch.For(ff)
	if err != nil {
		return nil, err
	}
	text, err := p.version.For(ff)
	if err != nil {
		return nil, err
	}
	version := 0
	if text != "" {
		if version, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("Schema Version %q is no whole number", text) //nolint:staticcheck // a property's name
		}
	}
	return p.registry.SchemaByName(ctx, name, branch, version)
}

// untyped lets each value of an invalid record be missing, or text, so that a writer can put down what does not fit.
func untyped(s *record.Schema) *record.Schema {
	fields := make([]record.Field, s.Len())
	for i, f := range s.Fields() {
		f.Required, f.Type = false, loosened(f.Type)
		fields[i] = f
	}
	return record.NamedSchema(s.Namespace(), s.Name(), fields...)
}

func loosened(t *record.Type) *record.Type {
	switch {
	case t.Kind == record.KindRecord && t.Schema != nil:
		return record.RecordOf(untyped(t.Schema))
	case t.Kind == record.KindArray && t.Elem != nil:
		return record.ArrayOf(loosened(t.Elem))
	case t.Kind == record.KindMap && t.Elem != nil:
		return record.MapOf(loosened(t.Elem))
	}
	return record.ChoiceOf(t, record.String)
}
