package flowlog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/vfs"
)

// ErrGone says that entries are no longer, or not yet, in the log.
var ErrGone = errors.New("the flow log does not have the entry")

// Entries returns the entries from one index to another, both included.
func (l *Log) Entries(from, to uint64) ([]Entry, error) {
	if _, index := l.Current(); from < 1 || to > index || from > to {
		return nil, fmt.Errorf("%w: %d to %d of 1 to %d", ErrGone, from, to, index)
	}
	if found, ok := l.fromMemory(from, to); ok {
		return found, nil
	}
	segments, _, err := l.files.list()
	if err != nil {
		return nil, err
	}
	var found []Entry
	for i, first := range segments {
		if first > to || (i+1 < len(segments) && segments[i+1] <= from) {
			continue
		}
		data, err := vfs.ReadFile(l.fs, l.files.segment(first))
		if err != nil {
			return nil, fmt.Errorf("read flow log: %w", err)
		}
		for _, e := range scan(data, first).entries {
			if e.Index >= from && e.Index <= to {
				found = append(found, e)
			}
		}
	}
	if uint64(len(found)) != to-from+1 {
		return nil, fmt.Errorf("%w: %d to %d are not all kept", ErrGone, from, to)
	}
	return found, nil
}

func (l *Log) fromMemory(from, to uint64) ([]Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent) == 0 || l.recent[0].Index > from {
		return nil, false
	}
	start := from - l.recent[0].Index
	return slices.Clone(l.recent[start : start+to-from+1]), true
}

// FlowAt returns the flow as it was after an entry; 0 is the empty flow.
func (l *Log) FlowAt(index uint64) (*flow.Flow, error) {
	if f, now := l.Current(); index == now {
		return f, nil
	}
	_, snapshots, err := l.files.list()
	if err != nil {
		return nil, err
	}
	f, at := flow.Empty(), uint64(0)
	for _, s := range slices.Backward(snapshots) {
		if s > index {
			continue
		}
		if old, err := l.files.readSnapshot(s); err == nil {
			f, at = old, s
			break
		}
	}
	if at == index {
		return f, nil
	}
	entries, err := l.Entries(at+1, index)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if f, _, err = f.Apply(e.Edit); err != nil {
			return nil, fmt.Errorf("replay entry %d: %w", e.Index, err)
		}
	}
	return f, nil
}

// Watch yields the entries from an index on, in order and without gaps, and waits for new ones until ctx is done or
// the log is closed. A slow reader holds up nobody. If entries are no longer kept, it yields ErrGone and ends: read
// Current and go on from there.
func (l *Log) Watch(ctx context.Context, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for next := max(from, 1); ; {
			l.mu.Lock()
			changed, index := l.changed, l.current.Load().index
			l.mu.Unlock()
			for next <= index {
				entries, err := l.Entries(next, min(index, next+255))
				if err != nil {
					yield(Entry{}, err)
					return
				}
				for _, e := range entries {
					if ctx.Err() != nil || !yield(e, nil) {
						return
					}
				}
				next += uint64(len(entries))
			}
			if changed == nil {
				return // closed
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}
}
