package flowfile

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"
)

// maxNames bounds the dictionary: names beyond it (a flow that makes names out of data) are kept inline.
const maxNames = 1 << 16

// dict numbers the attribute names of this process, from 1. Names are few and repeat in each FlowFile, so a FlowFile
// holds their numbers. A repository logs the numbers that it used (see Repository) and translates when it recovers.
var dict = newDictionary()

// dictionary is append-only. Readers take no lock for a name that has been seen for a while.
type dictionary struct {
	hot   atomic.Pointer[map[string]uint32] // a copy of ids, never written
	names atomic.Pointer[[]string]          // names[0] is unused

	mu     sync.Mutex // guards ids, misses, and the growth of names
	ids    map[string]uint32
	misses int // look-ups that hot could not answer since it was copied
}

func newDictionary() *dictionary {
	d := &dictionary{ids: map[string]uint32{}}
	d.names.Store(&[]string{""})
	d.hot.Store(&map[string]uint32{})
	return d
}

// Intern returns the number of a name and gives it one if it has none yet; 0 means that the dictionary is full.
func Intern(name string) uint32 {
	if id, ok := (*dict.hot.Load())[name]; ok {
		return id
	}
	return dict.intern(name, maxNames)
}

// Number is Intern for names that a user gives, such as the id of a connection, a component or its type: they always
// get a number.
func Number(name string) uint32 {
	if id, ok := (*dict.hot.Load())[name]; ok {
		return id
	}
	return dict.intern(name, math.MaxUint32)
}

// NameOf returns the name behind a number that Intern gave out.
func NameOf(id uint32) string { return (*dict.names.Load())[id] }

// Names returns the names numbered so far; names[0] is unused. The slice must not be changed.
func Names() []string { return *dict.names.Load() }

// lookup finds the number of a name without making one.
func lookup(name string) (uint32, bool) {
	if id, ok := (*dict.hot.Load())[name]; ok {
		return id, true
	}
	dict.mu.Lock()
	defer dict.mu.Unlock()
	id, ok := dict.ids[name]
	if ok {
		dict.missed()
	}
	return id, ok
}

func (d *dictionary) intern(name string, limit uint64) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.ids[name]; ok {
		d.missed()
		return id
	}
	names := *d.names.Load()
	if uint64(len(names)) > limit {
		return 0
	}
	id := uint32(len(names))
	grown := append(names, string([]byte(name))) // a copy: name may be cut from a large buffer
	d.names.Store(&grown)
	d.ids[grown[id]] = id
	return id
}

// missed copies ids for the lock-free readers once that has paid for itself. The caller holds mu.
func (d *dictionary) missed() {
	if d.misses++; d.misses > len(d.ids) {
		hot := maps.Clone(d.ids)
		d.hot.Store(&hot)
		d.misses = 0
	}
}
