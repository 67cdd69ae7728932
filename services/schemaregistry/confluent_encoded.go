package schemaregistry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

const confluentArtifact = "nifi-confluent-platform-nar"

// ConfluentEncodedSchemaReferenceReader reads the number of a schema from the
// five bytes that Confluent's clients put before a message: 0, and the number.
var ConfluentEncodedSchemaReferenceReader = sdk.Component{
	Type:       "org.apache.nifi.confluent.schemaregistry.ConfluentEncodedSchemaReferenceReader",
	Artifact:   confluentArtifact,
	NewService: func() sdk.ControllerService { return confluentReader{} },
}

// ConfluentEncodedSchemaReferenceWriter writes the number of a schema as five bytes.
var ConfluentEncodedSchemaReferenceWriter = sdk.Component{
	Type:       "org.apache.nifi.confluent.schemaregistry.ConfluentEncodedSchemaReferenceWriter",
	Artifact:   confluentArtifact,
	NewService: func() sdk.ControllerService { return confluentWriter{} },
}

type confluentReader struct{}

func (confluentReader) Describe(s *sdk.Spec) {
	s.About("Reads which schema a content has from its first five bytes: 0 and the schema's number, as Confluent's clients write them.",
		"confluent", "schema", "registry", "kafka", "avro")
	s.Offers(record.ReferenceReaderType)
}

// SchemaID implements [record.ReferenceReader].
func (confluentReader) SchemaID(_ map[string]string, in io.Reader) (record.SchemaID, error) {
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return record.SchemaID{}, fmt.Errorf("read the schema's number from the first 5 bytes: %w", err)
	}
	if head[0] != 0 {
		return record.SchemaID{}, fmt.Errorf("the content begins with byte %d, not with 0 and the number of its schema", head[0])
	}
	return record.SchemaID{ID: int64(binary.BigEndian.Uint32(head[1:]))}, nil
}

type confluentWriter struct{}

func (confluentWriter) Describe(s *sdk.Spec) {
	s.About("Writes which schema a content has into its first five bytes: 0 and the schema's number, as Confluent's clients read them.",
		"confluent", "schema", "registry", "kafka", "avro")
	s.Offers(record.ReferenceWriterType)
}

// Header implements [record.ReferenceWriter].
func (confluentWriter) Header(s *record.Schema) ([]byte, error) {
	id := s.ID().ID
	if id <= 0 || id > math.MaxInt32 {
		return nil, errors.New("the schema has no number in a Confluent schema registry; let the writer get it from such a registry by name")
	}
	return binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), nil
}

// Attributes implements [record.ReferenceWriter]; there are none.
func (confluentWriter) Attributes(*record.Schema) map[string]string { return nil }
