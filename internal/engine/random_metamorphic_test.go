package engine_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// A random flow is a tree of steps. What each does to a FlowFile depends on nothing but the FlowFile, so a few lines
// (expect) say what must arrive at which sink, whatever the engine's options are and however often it is killed.

type kind int

const (
	mark      kind = iota // sets an attribute
	rewrite               // changes every byte of the content
	extend                // appends to the content
	comesBack             // goes back to its own queue once
	flaky                 // fails now and then, which rolls back
	retried               // its relationship is retried twice
	delayed               // penalizes
	funnel                // a funnel
	lastLinear
	both  // one relationship with two connections
	route // one of two relationships
	split // into parts, which a later join may put together again
	join
	sinkAfter // tells the outside once its commit is durable
	sinkAwait // tells the outside before it commits, once its input is durable
)

var kindNames = [...]string{
	"mark", "rewrite", "extend", "comesBack", "flaky", "retried", "delayed", "funnel", "", "both", "route", "split",
	"join", "sinkAfter", "sinkAwait",
}

type step struct {
	id   string
	kind kind
	k    int   // parts of a split, key of a rewrite
	join *step // of a split: where its parts meet again, or nil
	next []*step
}

// token is a FlowFile in the model.
type token struct {
	n       int // number of the input
	trail   string
	content []byte
}

func (x token) key(sink string) string { return fmt.Sprintf("%s|%d|%s", sink, x.n, x.trail) }

// apply is what a linear step does.
func (st *step) apply(x token) token {
	switch st.kind {
	case mark:
		x.trail += "." + st.id
	case rewrite, retried:
		x.content = st.changed(x.content)
	case extend:
		x.content = append(bytes.Clone(x.content), st.tail()...)
	}
	return x
}

func (st *step) changed(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(st.id))
	for _, c := range b {
		out = append(out, c^byte(st.k))
	}
	return append(out, st.id...)
}

func (st *step) tail() []byte { return []byte("+" + st.id) }

// part returns what part i of a content is.
func (st *step) part(n, i int) (from, to int) { return n * i / st.k, n * (i + 1) / st.k }

// left tells whether a route takes its first way.
func (st *step) left(x token) bool { return (x.n+len(x.trail)+st.k)%2 == 0 }

// expect notes in out what arrives at the sinks for one token.
func (st *step) expect(x token, out map[string][]byte) {
	switch st.kind {
	case sinkAfter, sinkAwait:
		out[x.key(st.id)] = x.content
	case both:
		st.next[0].expect(x, out)
		st.next[1].expect(x, out)
	case route:
		if st.left(x) {
			st.next[0].expect(x, out)
		} else {
			st.next[1].expect(x, out)
		}
	case split:
		st.expectParts(x, out)
	default:
		st.next[0].expect(st.apply(x), out)
	}
}

func (st *step) expectParts(x token, out map[string][]byte) {
	joined := token{n: x.n}
	for i := range st.k {
		from, to := st.part(len(x.content), i)
		part := token{x.n, x.trail, x.content[from:to]}
		if st.join == nil {
			part.trail += "/" + strconv.Itoa(i)
			st.next[0].expect(part, out)
			continue
		}
		at := st.next[0]
		for ; at != st.join; at = at.next[0] {
			part = at.apply(part)
		}
		joined.trail, joined.content = part.trail, append(joined.content, part.content...)
	}
	if st.join != nil {
		st.join.next[0].expect(joined, out)
	}
}

// plan makes random flows.
type plan struct {
	rng   *rand.Rand
	steps []*step
}

func (p *plan) add(k kind) *step {
	st := &step{id: kindNames[k] + strconv.Itoa(len(p.steps)), kind: k, k: 1 + p.rng.IntN(200)}
	p.steps = append(p.steps, st)
	return st
}

// linear makes a chain of up to limit linear steps behind st and returns its end.
func (p *plan) linear(st *step, limit int) *step {
	for range p.rng.IntN(limit + 1) {
		next := p.add(kind(p.rng.IntN(int(lastLinear))))
		st.next = append(st.next, next)
		st = next
	}
	return st
}

// grow puts something behind st. deep says how often it may still branch.
func (p *plan) grow(st *step, deep int) {
	st = p.linear(st, 3)
	var next *step
	switch choice := p.rng.IntN(5); {
	case deep == 0 || choice == 0:
		next = p.add(sinkAfter + kind(p.rng.IntN(2)))
		st.next = append(st.next, next)
	case choice == 1 || choice == 2:
		next = p.add(both + kind(choice-1))
		st.next = append(st.next, next)
		p.grow(next, deep-1)
		p.grow(next, deep-1)
	default:
		next = p.add(split)
		next.k = 1 + p.rng.IntN(5)
		st.next = append(st.next, next)
		if choice == 3 {
			p.grow(next, deep-1)
			return
		}
		end := p.linear(next, 3)
		next.join = p.add(join)
		end.next = append(end.next, next.join)
		p.grow(next.join, deep-1)
	}
}

// randomFlow is a flow by its seed, with inputs.
type randomFlow struct {
	seed   uint64
	root   *step // the source
	steps  []*step
	source sourceKind
	inputs int
}

type sourceKind int

const (
	pusher   sourceKind = iota // tells the outside what is safe, by AfterCommit of its Trigger's session
	brancher                   // likewise with a session of its own, and learns of a commit that failed
	lister                     // remembers in its state what it has listed
	sourceKinds
)

func newRandomFlow(seed uint64, inputs int) *randomFlow {
	p := &plan{rng: rand.New(rand.NewPCG(seed, 7))}
	root := p.add(mark)
	root.id = "source"
	p.grow(root, 2)
	return &randomFlow{seed: seed, root: root, steps: p.steps, source: sourceKind(seed % uint64(sourceKinds)), inputs: inputs}
}

// input returns the content of an input: some are empty, some larger than others.
func (f *randomFlow) input(n int) []byte {
	rng := rand.New(rand.NewPCG(f.seed, uint64(n)))
	size := rng.IntN(600)
	switch rng.IntN(10) {
	case 0:
		size = 0
	case 1:
		size = 5000 + rng.IntN(20_000)
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// expected returns what must arrive, by sink, input and trail.
func (f *randomFlow) expected() map[string][]byte {
	out := map[string][]byte{}
	for n := range f.inputs {
		f.root.next[0].expect(token{n: n, content: f.input(n)}, out)
	}
	return out
}

// String draws the flow in one line.
func (f *randomFlow) String() string { return f.root.String() }

func (st *step) String() string {
	switch len(st.next) {
	case 0:
		return st.id
	case 1:
		return st.id + " > " + st.next[0].String()
	}
	return st.id + " > (" + st.next[0].String() + " | " + st.next[1].String() + ")"
}
