package http

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// watchdog ends a request when one side keeps the other waiting.
type watchdog struct {
	cancel context.CancelCauseFunc

	mu    sync.Mutex // guards timer
	timer *time.Timer
}

func newWatchdog(ctx context.Context) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watchdog{cancel: cancel}
}

// stallError says that nothing was transferred for too long.
type stallError struct {
	what string
	d    time.Duration
}

// Error implements error.
func (e stallError) Error() string { return fmt.Sprintf("%s for %v", e.what, e.d) }

// Timeout marks it as net.Error does.
func (e stallError) Timeout() bool { return true }

// watch begins to wait, anew if it was waiting; 0 waits for ever.
func (w *watchdog) watch(d time.Duration, what string) {
	w.rest()
	if d <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(d, func() { w.cancel(stallError{what, d}) })
}

// rest ends the waiting.
func (w *watchdog) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

func (w *watchdog) stop() {
	w.rest()
	w.cancel(nil)
}

// explain tells why a request was ended, if by the watchdog.
func (w *watchdog) explain(ctx context.Context, err error) error {
	if cause, ok := context.Cause(ctx).(stallError); ok { //nolint:errorlint // it is never wrapped
		return cause
	}
	return err
}

// sent is a body on its way out: the time between two reads is that which the server takes.
type sent struct {
	r       io.ReadCloser
	dog     *watchdog
	timeout time.Duration
}

// Read implements io.Reader.
func (b *sent) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil {
		b.dog.rest()
	} else {
		b.dog.watch(b.timeout, "the server took no data of the request")
	}
	return n, err
}

// Close implements io.Closer.
func (b *sent) Close() error {
	b.dog.rest()
	return b.r.Close()
}

// received is a body on its way in: the time within a read is that which the server takes.
type received struct {
	r       io.ReadCloser
	dog     *watchdog
	timeout time.Duration
}

// Read implements io.Reader.
func (b *received) Read(p []byte) (int, error) {
	b.dog.watch(b.timeout, "the server sent no data of the response")
	defer b.dog.rest()
	return b.r.Read(p)
}

// Close implements io.Closer.
func (b *received) Close() error { return b.r.Close() }
