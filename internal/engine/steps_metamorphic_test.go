package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/braidflow/braid/sdk"
)

// stepProcessor is a step of a random flow as a processor.
type stepProcessor struct {
	st    *step
	r     *trial
	batch int
	a, b  sdk.Relationship

	mu   sync.Mutex // guards rng, bins
	rng  *rand.Rand
	bins map[string]*bin
}

// bin gathers the parts of one split.
type bin struct {
	s     *sdk.Session
	parts []sdk.FlowFile
}

func (p *stepProcessor) Describe(s *sdk.Spec) {
	s.About("A step of a random flow.")
	s.Rel(&p.a, "a", "The first way.")
	s.Rel(&p.b, "b", "The second way.")
	if p.st.id != "source" {
		s.InputRequired()
	}
}

func (p *stepProcessor) Trigger(ctx context.Context, s *sdk.Session) error {
	switch {
	case p.st.id == "source":
		return p.produce(ctx, s)
	case p.st.kind == join:
		return p.gather(ctx, s)
	}
	for _, ff := range slices.Clone(s.GetBatch(p.batch)) {
		if err := p.one(ctx, s, ff); err != nil {
			return err
		}
	}
	if p.st.kind == flaky && p.chance(4) {
		return errTest
	}
	return nil
}

func tokenOf(ff sdk.FlowFile, content []byte) token {
	n, _ := strconv.Atoi(ff.Attr("n"))
	return token{n, ff.Attr("trail"), content}
}

func (p *stepProcessor) chance(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rng.IntN(n) == 0
}

// one does to a FlowFile what the step's model does to a token.
func (p *stepProcessor) one(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (err error) {
	st := p.st
	switch st.kind {
	case mark:
		ff = s.PutAttr(ff, "trail", st.apply(tokenOf(ff, nil)).trail)
	case rewrite, retried:
		ff, err = s.Rewrite(ff, func(r io.Reader, w io.Writer) error {
			b, err := io.ReadAll(r)
			if err == nil {
				_, err = w.Write(st.changed(b))
			}
			return err
		})
	case extend:
		ff, err = s.Append(ff, func(w io.Writer) error { _, err := w.Write(st.tail()); return err })
	case comesBack:
		if ff.Attr("back."+st.id) == "" {
			s.TransferBack(s.PutAttr(ff, "back."+st.id, "yes"))
			return nil
		}
		ff = s.RemoveAttrs(ff, func(name string) bool { return name == "back."+st.id })
	case delayed:
		ff = s.Penalize(ff)
	case split:
		return p.divide(s, ff)
	case route:
		if !st.left(tokenOf(ff, nil)) {
			s.Transfer(ff, p.b)
			return nil
		}
	case sinkAfter, sinkAwait:
		return p.arrive(ctx, s, ff)
	}
	if err != nil {
		return err
	}
	s.Transfer(ff, p.a)
	return nil
}

func (p *stepProcessor) arrive(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) error {
	b, err := s.ReadAll(ff, 1<<20)
	if err != nil {
		return err
	}
	x, uuid, out := tokenOf(ff, b), ff.UUID(), p.r.out
	if p.st.kind == sinkAfter {
		s.AfterCommit(func() { out.deliver(p.st.id, x, uuid) })
		s.Remove(ff)
		return nil
	}
	if err := s.AwaitInput(ctx); err != nil {
		return err
	}
	out.deliver(p.st.id, x, uuid) // its commit may still fail: then it is delivered again
	s.Remove(ff)
	return nil
}

// divide splits: even parts are ranges of a clone, odd ones are written.
func (p *stepProcessor) divide(s *sdk.Session, ff sdk.FlowFile) error {
	st := p.st
	b, err := s.ReadAll(ff, 1<<20)
	if err != nil {
		return err
	}
	for i := range st.k {
		from, to := st.part(len(b), i)
		var part sdk.FlowFile
		if i%2 == 0 {
			part = s.CloneRange(ff, int64(from), int64(to-from))
		} else if part, err = s.Write(s.CreateFrom(ff), func(w io.Writer) error { _, err := w.Write(b[from:to]); return err }); err != nil {
			return err
		}
		if st.join == nil {
			part = s.PutAttr(part, "trail", ff.Attr("trail")+"/"+strconv.Itoa(i))
		} else {
			part = s.PutAttrs(part, sdk.Attr{Name: "of", Value: ff.UUID()}, sdk.Attr{Name: "i", Value: strconv.Itoa(i)},
				sdk.Attr{Name: "k", Value: strconv.Itoa(st.k)})
		}
		s.Transfer(part, p.a)
	}
	s.Remove(ff)
	return nil
}

// gather moves parts to the branch of their bin and ends the bins that are complete.
func (p *stepProcessor) gather(ctx context.Context, s *sdk.Session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ff := range slices.Clone(s.GetBatch(p.batch)) {
		id := ff.Attr("of")
		b := p.bins[id]
		if b == nil {
			b = &bin{s: s.Branch()}
			p.bins[id] = b
		}
		s.Migrate(b.s, ff)
		b.parts = append(b.parts, ff)
		if ff.Attr("k") != strconv.Itoa(len(b.parts)) {
			continue
		}
		delete(p.bins, id)
		if err := p.finish(ctx, b); err != nil {
			b.s.Rollback()
			return err
		}
	}
	return nil
}

func (p *stepProcessor) finish(ctx context.Context, b *bin) error {
	slices.SortFunc(b.parts, func(x, y sdk.FlowFile) int { return int(x.Attr("i")[0]) - int(y.Attr("i")[0]) })
	out, err := b.s.Write(b.s.CreateJoined(b.parts), func(w io.Writer) error {
		for _, ff := range b.parts {
			r, err := b.s.Read(ff)
			if err != nil {
				return err
			}
			_, err = io.Copy(w, r)
			if err = errors.Join(err, r.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, ff := range b.parts {
		b.s.Remove(ff)
	}
	b.s.Transfer(out, p.a)
	return b.s.Commit(ctx)
}

// produce is the source.
func (p *stepProcessor) produce(ctx context.Context, s *sdk.Session) error {
	out := p.r.out
	switch p.r.flow.source {
	case lister:
		return p.list(ctx, s)
	case brancher:
		for list := out.take(p.batch); len(list) > 0; list = out.take(p.batch) {
			if err := p.branch(ctx, s.Branch(), list); err != nil {
				out.putBack(list)
				return err
			}
			if p.chance(5) {
				break
			}
		}
		return nil
	}
	list := out.take(p.batch)
	if len(list) > 0 {
		s.AfterCommit(func() { out.ack(list) })
	}
	return p.make(s, list)
}

// branch commits inputs in a session of their own.
func (p *stepProcessor) branch(ctx context.Context, b *sdk.Session, list []int) error {
	if err := p.make(b, list); err != nil {
		b.Rollback()
		return err
	}
	b.AfterCommit(func() { p.r.out.ack(list) })
	return b.Commit(ctx)
}

func (p *stepProcessor) make(s *sdk.Session, list []int) error {
	for _, n := range list {
		content := p.r.flow.input(n)
		ff, err := s.Write(s.Create(), func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(content)); return err })
		if err != nil {
			return err
		}
		s.Transfer(s.PutAttr(ff, "n", strconv.Itoa(n)), p.a)
	}
	return nil
}

// list makes the inputs in their order and keeps in the component's state how far it came.
func (p *stepProcessor) list(ctx context.Context, s *sdk.Session) error {
	state, err := s.State(ctx, sdk.Local)
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(state["next"]) // not there: 0
	to := min(from+p.batch, p.r.flow.inputs)
	if from == to {
		return nil
	}
	var list []int
	for n := from; n < to; n++ {
		list = append(list, n)
	}
	s.SetState(sdk.Local, map[string]string{"next": strconv.Itoa(to)})
	s.AfterCommit(func() { p.r.out.ack(list) })
	return p.make(s, list)
}
