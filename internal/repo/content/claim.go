// Package content is the content repository: the bytes of FlowFiles, appended to shared segment files and counted
// by the FlowFiles that point to them.
//
// # Writing
//
// Each task has an [Appender]. A session writes contents with [Appender.Create]; small ones are gathered in memory, one
// of [Options].LargeFrom bytes or more streams to a file of its own. [Writer.Close] returns a [Claim] with one
// reference, which the session owns: it hands it over to the FlowFile that it commits, or gives it back by
// [Repository.Release].
//
//	commit:    a.Flush() -> record to the log -> queues;  r.Sync() by the log's flusher before it syncs the log;
//	           r.Apply(clones, removed) with removed only once the record is durable
//	rollback:  a.Discard() and r.Release of each claim that Close returned
//
// Several appenders fill one segment side by side, each in its own chunk, so that one fdatasync serves them all.
//
// # Reading
//
// [Repository.Open] reads what was flushed, [Appender.Open] also what its own session has not flushed yet. A whole
// read is checked against the CRC-32C in the claim. Damage is a [*CorruptError], and a copy of the bytes is put into
// the folder quarantine.
//
// # Life of a segment
//
//	current -> sealed (full, and no appender holds a chunk) -> dead (no references) -> archived -> deleted
//	                   sealed and mostly dead -> compacted: its live contents move, redirects lead to them -> deleted
//
// Counts are in memory only. At the start the caller names all claims in use ([Repository.Recover]); until
// [Repository.Done] nothing is deleted. docs/formats/content.md describes the files.
//
// Locks nest in this order: cleaning, space.mu, syncing, Repository.mu, segment.mu, then dirtyMu, deadMu, handles.mu
// and badMu, none of which is held while another is taken.
package content

// Claim says where a content lies. The zero Claim is the empty content. A Claim is a value: it may be copied and
// compared; it is kept alive by the repository's reference count, not by being held.
type Claim struct {
	Segment uint64 // number of the segment file, from 1
	Offset  int64  // of the first byte in the segment
	Length  int64  // in bytes
	Sum     uint32 // CRC-32C of the content
}

// Empty tells whether there is no content.
func (c Claim) Empty() bool { return c.Length == 0 }
