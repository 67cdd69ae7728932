package record

import (
	"context"
	"errors"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// branch is one of the ways on which records leave a processor that sorts them.
type branch struct {
	factory record.WriterFactory
	// schema is what to write with; nil leaves it to the factory and the first record.
	schema *record.Schema
	out    io.Writer
	writer record.Writer
	result record.WriteResult
}

// write writes a record, starting the record set with the first one.
func (b *branch) write(ctx context.Context, r *record.Record, attrs map[string]string) (err error) {
	if b.writer == nil {
		schema := b.schema
		if schema == nil {
			schema, err = b.factory.SchemaFor(attrs, r.Schema())
		}
		if err == nil {
			err = b.begin(ctx, schema, attrs)
		}
		if err != nil {
			return err
		}
	}
	return b.writer.Write(r)
}

// begin starts the record set, so that there is one even if it stays empty.
func (b *branch) begin(ctx context.Context, schema *record.Schema, attrs map[string]string) (err error) {
	if b.writer, err = b.factory.NewWriter(ctx, schema, b.out, attrs); err != nil {
		return err
	}
	return b.writer.Begin()
}

func (b *branch) finish() (err error) {
	if b.writer != nil {
		b.result, err = b.writer.Finish()
	}
	return err
}

// fork makes up to two FlowFiles of one. sort writes each record to one of the branches, whose factories and schemas
// it may set before; done gets the FlowFile of each branch that was written to, to be transferred. The content of the first
// branch streams, so it should be the one for most records. With an error nothing was made.
func fork(s *sdk.Session, ff sdk.FlowFile, sort func(first, second *branch) error, done func(sdk.FlowFile, *branch, bool)) (err error) {
	spool := newSpool(spoolMemory)
	defer func() { err = errors.Join(err, spool.close()) }()
	waiting := spool.add()
	first, second := &branch{}, &branch{out: waiting}
	child, err := s.Write(s.CreateFrom(ff), func(w io.Writer) error {
		first.out = w
		if err := sort(first, second); err != nil {
			return err
		}
		return errors.Join(first.finish(), second.finish())
	})
	if err != nil || first.writer == nil {
		s.Remove(child)
	} else {
		done(s.PutAttrs(child, attributes(first.result)...), first, true)
	}
	if err != nil || second.writer == nil {
		return err
	}
	other, err := s.Write(s.CreateFrom(ff), waiting.copyTo)
	if err != nil {
		s.Remove(other)
		return err
	}
	done(s.PutAttrs(other, attributes(second.result)...), second, false)
	return nil
}
