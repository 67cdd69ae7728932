// Package wal is the log beneath the repositories: records in one order, in segment files, with group commit.
//
// Append copies a record into the open group and returns; the record counts as handed on from then on. One flusher
// takes the group, writes it in one piece, syncs it and publishes how far the log is durable. Because there is one
// order, a later record is never durable before an earlier one, so that only who promises something to the outside
// needs to wait.
//
// A segment is a header and frames; a frame is a header with checksums and whole records (docs/formats/wal.md).
// Each frame says up to where the log was on disk when it was written. That is how recovery tells a torn tail,
// which nobody was promised, from damage to what had been synced: if any later frame vouches for the place where
// reading stopped, it is damage.
//
// Locks: Log.mu, segments.mu and callbacks.mu are never nested.
package wal
