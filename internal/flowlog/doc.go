// Package flowlog keeps the flow of one node as a totally ordered log of changes on disk.
//
// [Log.Append] takes a change set by compare-and-set on the log's index: of two edits made from the same state one
// wins, and it is on disk when Append returns. Applying the entries 1 to n to flow.Empty gives the flow at index n;
// [Open] does so from the newest snapshot on. Everything that was ever changed can be read back ([Log.Entries]), undone
// ([Log.Inverse]) or looked at as it was ([Log.FlowAt]); subscribers get new entries as they come ([Log.Watch]).
//
// Beside the log lies flow.json.gz, the same flow in NiFi's format: written half a second after the last change, and
// read when there is no log yet, so that the file of another node or of a NiFi is the start of this one.
//
// The formats, and what recovery does with a torn or damaged file, are in docs/formats/flowlog.md.
package flowlog
