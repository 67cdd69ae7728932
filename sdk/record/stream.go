package record

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// The names by which flow definitions and users know the service interfaces of
// this package.
const (
	ReaderFactoryType  = "org.apache.nifi.serialization.RecordReaderFactory"
	WriterFactoryType  = "org.apache.nifi.serialization.RecordSetWriterFactory"
	SchemaRegistryType = "org.apache.nifi.schemaregistry.services.SchemaRegistry"
)

// Reader turns content into records, one after the other, in memory that does
// not grow with the content. It is used by one goroutine.
type Reader interface {
	// Schema is the schema of the records to come.
	Schema() (*Schema, error)
	// Read returns the next record, valid until the next Read or Close, or
	// io.EOF after the last. After a [*MalformedError] that says Resumable,
	// Read goes on behind the malformed row; any other error is final.
	Read() (*Record, error)
	// Close releases what the reader itself holds, never the input.
	Close() error
}

// Lenient is implemented by Readers that can hand out values which do not fit
// their fields.
type Lenient interface {
	// Lenient, called before the first Read, makes Read give such a value as it
	// stands in the content, as STRING where it has no type there, instead of
	// a [*MalformedError].
	Lenient()
}

// Writer turns records into content. It is used by one goroutine. Begin, any
// number of Writes and Finish make one record set; a Write without Begin puts
// down a bare record, for what sends each record by itself.
type Writer interface {
	Begin() error
	// Write writes the record and keeps no part of it.
	Write(*Record) error
	// Flush hands buffered output to the underlying writer.
	Flush() error
	// Finish ends the record set and flushes. The underlying writer stays open.
	Finish() (WriteResult, error)
}

// WriteResult says what a Writer has written.
type WriteResult struct {
	Count int64
	// Attributes for the FlowFile: record.count, mime.type and those of the
	// schema write strategy. The caller owns the map.
	Attributes map[string]string
}

// ReaderFactory is what a record reader service implements
// (RecordReaderFactory). It is used by many goroutines.
type ReaderFactory interface {
	// NewReader reads records from in. attrs are the FlowFile's attributes
	// (may be nil), size is the content's length or -1. The reader keeps in
	// until it is closed. A factory that infers its schema reads the whole
	// content first if in is an io.ReadSeeker, and otherwise judges by the
	// first [InferenceSample] bytes.
	NewReader(ctx context.Context, attrs map[string]string, in io.Reader, size int64) (Reader, error)
}

// InferenceSample is how much content is kept in memory to infer a schema from
// input that cannot be read twice.
const InferenceSample = 16 << 20

// WriterFactory is what a record writer service implements
// (RecordSetWriterFactory). It is used by many goroutines.
type WriterFactory interface {
	// SchemaFor chooses the schema to write: the service's own, or readSchema
	// if it inherits (readSchema may be nil if there was no reader).
	SchemaFor(attrs map[string]string, readSchema *Schema) (*Schema, error)
	// NewWriter writes records to out with the schema from SchemaFor.
	NewWriter(ctx context.Context, schema *Schema, out io.Writer, attrs map[string]string) (Writer, error)
}

// ErrSchemaNotFound is returned, wrapped, if a schema is asked for that does not exist.
var ErrSchemaNotFound = errors.New("schema not found")

// SchemaRegistry finds schemas by name, as the controller service of that name.
type SchemaRegistry interface {
	// SchemaByName returns the version of a schema, the latest if version is
	// 0, on a branch unless branch is "". ErrSchemaNotFound if there is none.
	SchemaByName(ctx context.Context, name, branch string, version int) (*Schema, error)
}

// MalformedError reports content that does not parse (MalformedRecordException).
type MalformedError struct {
	Row    int64  // of the record, from 1, header not counted; 0 = not known
	Line   int64  // of the text, from 1; 0 = not known
	Column string // field name, "" = not known
	Raw    string // start of the malformed text, at most 200 bytes; may be ""
	Err    error  // what is wrong
	// Resumable says that the next Read goes on with the row after this one.
	Resumable bool
}

// Error names the row, line and column.
func (e *MalformedError) Error() string {
	where := "record"
	if e.Row > 0 {
		where += fmt.Sprintf(" %d", e.Row)
	}
	if e.Line > 0 {
		where += fmt.Sprintf(" (line %d)", e.Line)
	}
	if e.Column != "" {
		where += fmt.Sprintf(", field %q", e.Column)
	}
	return where + ": " + e.Err.Error()
}

// Unwrap gives access to the cause.
func (e *MalformedError) Unwrap() error { return e.Err }
