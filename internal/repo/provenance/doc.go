// Package provenance is the provenance repository: what happened to each FlowFile, kept and indexed.
//
// A session encodes its events with [AppendEvent] into a blob that rides inside its commit record in the FlowFile
// log. Once the record is written the blob is handed to [Repository.Append], which copies it and returns. In the
// background the repository numbers the events, compresses them into blocks of its own segment files, and gives each
// full segment an index. The log keeps what lies after [Repository.Stored]; after a crash it hands that over again
// ([Repository.Replay]), so nothing is lost and no commit waits for this package.
//
// Every search goes from the newest segment to the oldest, takes candidates from the index, and checks each of them
// against the decoded event; where there is no index yet (or it is damaged) it reads the events themselves. The
// index therefore decides how fast an answer is, never whether it is right.
//
// The files are described in docs/formats/provenance.md. Locks nest in the order Repository.mu, openSegment.mu.
package provenance
