package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

const (
	readerType = "org.apache.nifi.serialization.RecordReaderFactory"
	writerType = "org.apache.nifi.serialization.RecordSetWriterFactory"
)

// formats are the services that read and write a processor's records.
type formats struct {
	reader record.ReaderFactory
	writer record.WriterFactory
}

func (f *formats) describe(s *sdk.Spec) {
	sdk.Service(s, &f.reader, readerType, "Record Reader", "How to read the content.", sdk.Required)
	sdk.Service(s, &f.writer, writerType, "Record Writer", "How to write the records.", sdk.Required)
	s.WritesAttr(sdk.AttrMIMEType, "The MIME type that the Record Writer gives.")
	s.WritesAttr(sdk.AttrRecordCount, "The number of records.")
}

// migrate accepts the names of NiFi 1.x.
func (f *formats) migrate(values map[string]string) {
	sdk.Rename(values, "record-reader", "Record Reader")
	sdk.Rename(values, "record-writer", "Record Writer")
}

// Small FlowFiles share a session, large ones do not wait for each other.
const (
	batchCount = 200
	batchBytes = 1 << 20
)

// take takes the FlowFiles for one Trigger.
func take(s *sdk.Session) []sdk.FlowFile {
	count, size := 0, int64(0)
	return s.GetFilter(func(ff sdk.FlowFile) sdk.FilterResult {
		count++
		if size += ff.Size(); count >= batchCount || size >= batchBytes {
			return sdk.AcceptAndStop
		}
		return sdk.AcceptAndContinue
	})
}

// each calls f for each record until the end or an error. It stops when ctx ends.
func each(ctx context.Context, r record.Reader, f func(*record.Record) error) error {
	for n := 0; ; n++ {
		if n&0xff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(rec); err != nil {
			return err
		}
	}
}

// attributes turns a result into attributes.
func attributes(r record.WriteResult, more ...sdk.Attr) []sdk.Attr {
	attrs := make([]sdk.Attr, 0, len(r.Attributes)+len(more)+1)
	attrs = append(attrs, sdk.Attr{Name: sdk.AttrRecordCount, Value: strconv.FormatInt(r.Count, 10)})
	for name, v := range r.Attributes {
		attrs = append(attrs, sdk.Attr{Name: name, Value: v})
	}
	return append(attrs, more...)
}

// fail routes the unchanged FlowFile to failure. When the processor is being terminated, it is not the FlowFile's fault:
// the session rolls back.
func fail(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, rel sdk.Relationship, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Fail(ff, rel, fmt.Errorf("%s: %w", what, err))
}
