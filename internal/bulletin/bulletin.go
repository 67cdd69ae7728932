// Package bulletin keeps the short-lived problems that users see on the canvas: what components log at their bulletin
// level or above. As in NiFi a bulletin lives five minutes, and each component shows its five newest.
package bulletin

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/sdk"
)

const (
	lifetime     = 5 * time.Minute
	perComponent = 5
	perNode      = 10 // of the node itself
)

// Source is who a bulletin is about.
type Source struct{ ID, Name, Type, GroupID, Category string }

// Repository keeps bulletins in memory. It may be used concurrently.
type Repository struct {
	clock clock.Clock

	mu       sync.Mutex // guards what follows
	next     int64
	bySource map[string][]sdk.Bulletin
	watch    []func(sdk.Bulletin)
}

// New makes an empty repository.
func New(c clock.Clock) *Repository {
	return &Repository{clock: c, bySource: map[string][]sdk.Bulletin{}}
}

// Add keeps a bulletin and returns it with its id and time. Ids grow from 0.
func (r *Repository) Add(src Source, level slog.Level, message, flowFile string) sdk.Bulletin {
	b := sdk.Bulletin{
		Time: r.clock.Now(), Level: levelName(level), Category: src.Category, Message: message, SourceID: src.ID,
		SourceName: src.Name, SourceType: src.Type, GroupID: src.GroupID, FlowFileUUID: flowFile,
	}
	r.mu.Lock()
	b.ID = r.next
	r.next++
	limit := perComponent
	if src.ID == "" {
		limit = perNode
	}
	list := append(r.bySource[src.ID], b)
	if len(list) > limit {
		list = append([]sdk.Bulletin(nil), list[len(list)-limit:]...)
	}
	r.bySource[src.ID] = list
	watch := r.watch
	r.mu.Unlock()
	for _, fn := range watch {
		fn(b)
	}
	return b
}

// Watch calls fn for each new bulletin, on the goroutine that caused it: fn must be quick.
func (r *Repository) Watch(fn func(sdk.Bulletin)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch = append(append([]func(sdk.Bulletin){}, r.watch...), fn)
}

// Of returns the bulletins of one component, newest first. The node's own have the source "".
func (r *Repository) Of(sourceID string) []sdk.Bulletin {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expireOf(sourceID, r.clock.Now().Add(-lifetime))
	out := slices.Clone(r.bySource[sourceID])
	slices.Reverse(out)
	return out
}

// Select returns the bulletins that match, newest first.
func (r *Repository) Select(match func(sdk.Bulletin) bool) []sdk.Bulletin {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire()
	var out []sdk.Bulletin
	for _, list := range r.bySource {
		for _, b := range list {
			if match(b) {
				out = append(out, b)
			}
		}
	}
	slices.SortFunc(out, func(a, b sdk.Bulletin) int { return cmp.Compare(b.ID, a.ID) })
	return out
}

// Clear removes the bulletins of a component up to a time and returns how many.
func (r *Repository) Clear(sourceID string, upTo time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kept []sdk.Bulletin
	list := r.bySource[sourceID]
	for _, b := range list {
		if b.Time.After(upTo) {
			kept = append(kept, b)
		}
	}
	r.bySource[sourceID] = kept
	return len(list) - len(kept)
}

// expire drops what is too old. The caller holds mu.
func (r *Repository) expire() {
	oldest := r.clock.Now().Add(-lifetime)
	for id := range r.bySource {
		r.expireOf(id, oldest)
	}
}

// expireOf is expire for one source.
func (r *Repository) expireOf(id string, oldest time.Time) {
	list := r.bySource[id]
	for len(list) > 0 && list[0].Time.Before(oldest) {
		list = list[1:]
	}
	if r.bySource[id] = list; len(list) == 0 {
		delete(r.bySource, id)
	}
}

// levelName is NiFi's name of a level.
func levelName(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARNING"
	case l >= slog.LevelInfo:
		return "INFO"
	}
	return "DEBUG"
}

// none is above every level that is logged.
const none = slog.Level(100)

// ParseLevel reads a component's bulletin level; anything unknown is WARN, NiFi's default.
func ParseLevel(s string) slog.Level {
	switch s {
	case "DEBUG":
		return slog.LevelDebug
	case "INFO":
		return slog.LevelInfo
	case "ERROR":
		return slog.LevelError
	case "NONE":
		return none
	}
	return slog.LevelWarn
}

// Handler passes log records on to another handler and makes bulletins of those at a level or above.
type Handler struct {
	next  slog.Handler
	repo  *Repository
	src   func() (Source, slog.Level)
	attrs []slog.Attr
}

// NewHandler makes a handler for one component; src tells, at the time of a record, who it is and its bulletin level.
func NewHandler(next slog.Handler, repo *Repository, src func() (Source, slog.Level)) *Handler {
	return &Handler{next: next, repo: repo, src: src}
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool {
	_, level := h.src()
	return l >= level || h.next.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, rec slog.Record) error {
	if src, level := h.src(); rec.Level >= level {
		text, flowFile := h.text(rec)
		if src.ID != "" {
			text = src.Type + "[id=" + src.ID + "] " + text
		}
		h.repo.Add(src, rec.Level, text, flowFile)
	}
	if h.next.Enabled(ctx, rec.Level) {
		return h.next.Handle(ctx, rec)
	}
	return nil
}

// text makes one line of a record: the message, then its facts.
func (h *Handler) text(rec slog.Record) (line, flowFile string) {
	var b strings.Builder
	b.WriteString(rec.Message)
	show := func(a slog.Attr) bool {
		switch a.Key {
		case "flowfile":
			flowFile = a.Value.String()
			b.WriteString(" (FlowFile " + flowFile + ")")
		case "stack":
		case "error":
			b.WriteString(": " + oneLine(a.Value.String()))
		default:
			b.WriteString(", " + a.Key + " " + oneLine(a.Value.String()))
		}
		return true
	}
	for _, a := range h.attrs {
		show(a)
	}
	rec.Attrs(show)
	return b.String(), flowFile
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append(append([]slog.Attr(nil), h.attrs...), attrs...)
	c.next = h.next.WithAttrs(attrs)
	return &c
}

// WithGroup implements slog.Handler. Groups have no meaning in a bulletin.
func (h *Handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	return &c
}
