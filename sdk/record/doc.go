// Package record is the data model of record-oriented processors: schemas,
// typed values, conversions between types, schema inference, and the streaming
// contracts between record readers, processors and record writers.
//
// It has the field types and conversion rules of NiFi's record API
// (RecordSchema, DataType, DataTypeUtils), in a form made for throughput: a
// [Value] is 24 bytes without boxing, a [Record] is a schema and a slice of
// values, and a reader may hand out the same Record again and again.
//
// Ownership: a Record that [Reader.Read] returns, with everything in it, is
// valid until the next Read or Close. Whoever keeps it longer calls
// [Record.Clone]. Schemas and types are immutable and may be shared by
// goroutines; records and values that are being changed may not.
//
// Dates, times and timestamps whose text names no zone are read as UTC, on
// every node alike, whatever the zone of its host.
package record
