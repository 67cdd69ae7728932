// Package flow is the model of a dataflow: process groups, processors, connections, ports, services, parameter
// contexts and all their settings, as pure data without disk, clock or goroutine.
//
// A [Flow] is an immutable snapshot. [Flow.Apply] takes a [ChangeSet] and returns the next snapshot, which shares all
// that was not touched with the one before; readers keep the snapshot that they have and never need a lock. Applying
// the same change sets in the same order to [Empty] gives the same flow on every node, byte for byte ([Flow.Encode]).
//
// The components that a Flow hands out are shared between snapshots: they are read only. To edit one, [Clone] it,
// change the copy, and apply [Update] of the copy.
//
// Durations and sizes stay the text that the user wrote ("10 sec", "1 GB"), because it is shown again as written; the
// methods that return a time.Duration or a number of bytes read them, and Apply refuses what they could not read.
package flow
