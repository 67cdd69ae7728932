package engine

import "sync"

// mailbox hands values to one function, one after the other, in a goroutine that lives only as long as there are
// values. Make one with newMailbox.
type mailbox[T any] struct {
	handle func(T)
	owner  *sync.WaitGroup // waits for the goroutine

	mu      sync.Mutex // guards what follows
	values  []T
	running bool
	idle    sync.Cond // signaled when running ends
}

func newMailbox[T any](owner *sync.WaitGroup, handle func(T)) *mailbox[T] {
	m := &mailbox[T]{handle: handle, owner: owner}
	m.idle.L = &m.mu
	return m
}

func (m *mailbox[T]) send(v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = append(m.values, v)
	if !m.running {
		m.running = true
		m.owner.Go(m.drain)
	}
}

func (m *mailbox[T]) drain() {
	for {
		m.mu.Lock()
		values := m.values
		m.values = nil
		if len(values) == 0 {
			m.running = false
			m.idle.Broadcast()
			m.mu.Unlock()
			return
		}
		m.mu.Unlock()
		for _, v := range values {
			m.handle(v)
		}
	}
}

// wait blocks until all values that were sent before have been handled.
func (m *mailbox[T]) wait() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.running {
		m.idle.Wait()
	}
}
