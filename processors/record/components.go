// Package record holds the processors that work on records, whatever their
// format: it is the business of the reader and writer services that they use.
//
// Records stream through: a reader hands out one record after the other in
// memory that it uses again, and a writer keeps nothing of them. Where one
// FlowFile becomes several at the same time, their contents gather in a [spool].
package record

import "github.com/braidflow/braid/sdk"

// Components are the processors of this package.
var Components = []sdk.Component{
	CalculateRecordStats, ConvertRecord, DeduplicateRecord, ExtractRecordSchema, ForkEnrichment, ForkRecord, JoinEnrichment, LookupAttribute,
	LookupRecord, MergeRecord, PartitionRecord, QueryRecord, RemoveRecordField, RenameRecordField, SampleRecord, SplitRecord, UpdateRecord, ValidateRecord,
}
