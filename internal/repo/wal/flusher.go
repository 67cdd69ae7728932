package wal

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/internal/vfs"
)

// fatal marks an error after which nothing is known about what is on disk.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// flushLoop is the flusher. It ends when the log is closed and all is written, or when the log has failed.
func (l *Log) flushLoop() {
	var err error
	for err == nil {
		g := l.take()
		if g == nil {
			break
		}
		if err = l.flush(g); err == nil {
			l.feed <- g
		}
	}
	if err == nil {
		err = l.segs.finish(l.epoch)
	}
	l.fail(err)
	close(l.feed)
	l.calls.close()
}

// take waits for records and takes the open group; nil when the log is closed and nothing is left.
func (l *Log) take() *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open.empty() && !l.closing {
		for _, g := range l.free {
			g.shrink()
		}
		l.mu.Unlock()
		l.segs.vouch(l.epoch) // idle: a good time to write down that all is durable
		l.mu.Lock()
	}
	for l.open.empty() {
		if l.closing {
			return nil
		}
		l.work.Wait()
	}
	g := l.open
	if n := len(l.free); n > 0 {
		l.open, l.free = l.free[n-1], l.free[:n-1]
	} else {
		l.open = &group{}
	}
	return g
}

// flush makes a group durable and says so. It repeats what a full disk refuses until that works or the log is closed.
func (l *Log) flush(g *group) error {
	g.seal(l.epoch, l.segs.synced)
	for {
		err := l.tryFlush(g)
		if err == nil {
			break
		}
		if f, ok := errors.AsType[fatal](err); ok {
			return f.error
		}
		l.stall(err)
		if !l.pause() {
			return fmt.Errorf("%d bytes of the log could not be written before it was closed: %w", l.unwritten(), err)
		}
	}
	l.publish(g.end())
	return nil
}

func (l *Log) tryFlush(g *group) error {
	if l.opts.FS == nil {
		return nil
	}
	if l.opts.Sync && l.opts.BeforeSync != nil {
		if err := l.opts.BeforeSync(); err != nil {
			if vfs.IsNoSpace(err) {
				return err
			}
			return fatal{fmt.Errorf("sync what the log refers to: %w", err)}
		}
	}
	if err := l.segs.write(g, l.epoch); err != nil {
		return err
	}
	l.written.Store(uint64(g.end()))
	return l.segs.flush(g.end())
}

// publish tells all who wait that the log is durable up to end.
func (l *Log) publish(end Position) {
	l.mu.Lock()
	l.written.Store(uint64(end))
	l.durable.Store(uint64(end))
	l.pending = int(l.end - end)
	if l.stalled != nil {
		l.opts.Log.Info("the log can be written again")
		l.stalled = nil
	}
	l.room.Broadcast()
	l.wakeAll()
	l.mu.Unlock()
	l.calls.advance(end)
}

// wakeAll wakes those in Wait. The caller holds mu.
func (l *Log) wakeAll() {
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// stall makes Append refuse records until the next success.
func (l *Log) stall(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalled == nil {
		l.opts.Log.Error("the log cannot be written; commits wait until it can", "error", err)
	}
	l.stalled = fmt.Errorf("%w: %w", ErrFull, err)
	l.room.Broadcast()
}

// fail makes the log refuse everything from now on; nil stands for a plain end.
func (l *Log) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.err = ErrClosed
	} else {
		l.err = fmt.Errorf("the log has failed, restart the node: %w", err)
		l.opts.Log.Error("the log has failed", "error", err)
		close(l.failed)
	}
	l.room.Broadcast()
	l.wakeAll()
}

func (l *Log) unwritten() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending
}

// pause waits a while before another try; false when the log is closed meanwhile.
func (l *Log) pause() bool {
	t := l.opts.Clock.NewTimer(retryAfter)
	defer t.Stop()
	select {
	case <-t.C():
		return true
	case <-l.stop:
		return false
	}
}

// feedLoop hands durable groups to OnFlush and then back to the free list.
func (l *Log) feedLoop() {
	for g := range l.feed {
		if l.opts.OnFlush != nil {
			l.feedGroup(g)
		}
		g.reset()
		l.mu.Lock()
		if l.pending == 0 {
			g.shrink()
		}
		l.free = append(l.free, g)
		l.mu.Unlock()
	}
}

// feedGroup repeats a record that OnFlush refuses until it is taken or the log is closed: it is in the log then, and
// comes again with the next Replay.
func (l *Log) feedGroup(g *group) {
	done := g.base
	for {
		err := g.each(done, func(end Position, rec []byte) error {
			if err := l.opts.OnFlush(end, rec); err != nil {
				return err
			}
			done = end
			return nil
		})
		if err == nil {
			return
		}
		l.opts.Log.Error("a record of the log was refused; trying again", "error", err)
		if !l.pause() {
			return
		}
	}
}
