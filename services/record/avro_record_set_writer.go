package record

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/avro"
)

// AvroRecordSetWriter writes records as Avro.
var AvroRecordSetWriter = sdk.Component{
	Type:       "org.apache.nifi.avro.AvroRecordSetWriter",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(avroWriter) },
}

type avroWriter struct {
	schemaTarget
	schemas avroSchemas
	codec   string
	pool    sdk.Text
}

// avroCodecs maps the names in NiFi's property to Avro's.
var avroCodecs = map[string]avro.Codec{"NONE": avro.None, "DEFLATE": avro.Deflate, "SNAPPY": avro.Snappy}

func (p *avroWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as Avro: a file that holds its schema, or bare datums.",
		"avro", "result", "set", "writer", "serializer", "record", "recordset", "row")
	s.Offers(record.WriterFactoryType)
	p.describeFrom(s, writeEmbedded, sdk.Allowed{Value: writeEmbedded, Display: "Embed Avro Schema", Doc: "The content is an Avro file, which begins with the schema."})
	s.String(&p.codec, "Compression Format", "How the blocks of an Avro file are compressed. BZIP2 and LZO are known for compatibility "+
		"and cannot be written.", sdk.Required, sdk.Default("NONE"),
		sdk.OneOf(sdk.Allowed{Value: "BZIP2"}, sdk.Allowed{Value: "DEFLATE"}, sdk.Allowed{Value: "NONE"}, sdk.Allowed{Value: "SNAPPY"}, sdk.Allowed{Value: "LZO"}))
	s.Int(&p.schemas.size, "Cache Size", "How many compiled schemas are kept.", sdk.Required, sdk.Default("1000"))
	s.Text(&p.pool, "Encoder Pool Size", "Kept for compatibility: encoders are not pooled.", sdk.Required, sdk.FromEnv, sdk.Default("32"))
}

// Validate implements [sdk.Validator].
func (p *avroWriter) Validate() []error {
	problems := p.source.validate()
	if _, ok := avroCodecs[p.codec]; !ok {
		problems = append(problems, errors.New("'Compression Format' "+p.codec+" cannot be written; choose NONE, DEFLATE or SNAPPY"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *avroWriter) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "compression-format", "Compression Format")
	sdk.Rename(values, "cache-size", "Cache Size")
	sdk.Rename(values, "encoder-pool-size", "Encoder Pool Size")
}

// NewWriter implements [record.WriterFactory].
func (p *avroWriter) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	compiled, err := p.schemas.of(schema)
	if err != nil {
		return nil, err
	}
	head, err := p.header(schema)
	if err != nil {
		return nil, err
	}
	return avro.NewWriter(out, compiled, avro.WriterOptions{
		Bare: p.write != writeEmbedded, Header: head, Codec: avroCodecs[p.codec], Attributes: p.attributes(schema),
	}), nil
}

// avroSchemas keeps compiled schemas, by their text and registry entry.
type avroSchemas struct {
	size int

	mu       sync.Mutex // guards compiled
	compiled map[avroKey]*avro.Schema
}

type avroKey struct {
	text string
	id   record.SchemaID
}

func (c *avroSchemas) of(s *record.Schema) (*avro.Schema, error) {
	key := avroKey{record.AvroText(s), s.ID()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.compiled[key]; known != nil {
		return known, nil
	}
	compiled, err := avro.Compile(s)
	if err != nil {
		return nil, err
	}
	if len(c.compiled) >= c.size || c.compiled == nil { // schemas of FlowFiles may all differ
		c.compiled = map[avroKey]*avro.Schema{}
	}
	c.compiled[key] = compiled
	return compiled, nil
}
