package el

import (
	"crypto/rand"
	"fmt"
	"iter"
	"math"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Attributes gives the attributes of a FlowFile by name.
type Attributes interface {
	Attr(name string) (value string, ok bool)
}

// Lister is what Attributes may also offer: all of them, each name once.
// Without it anyMatchingAttribute and allMatchingAttributes match nothing.
type Lister interface {
	All() iter.Seq2[string, string]
}

// AttrMap is Attributes over a map, for tests and small callers.
type AttrMap map[string]string

// Attr implements Attributes.
func (m AttrMap) Attr(name string) (string, bool) {
	v, ok := m[name]
	return v, ok
}

// All implements Lister.
func (m AttrMap) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for k, v := range m {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Env is what an expression may look at. The zero Env works: it has no
// attributes and no environment variables, and takes time, host and random
// values from the machine. An Env is read only; its functions must be safe for
// concurrent use if the Env is shared.
type Env struct {
	Attributes Attributes                           // first; FlowFile properties such as fileSize come through it too
	Variables  Attributes                           // second: extra variables of the component
	LookupEnv  func(name string) (string, bool)     // last: environment variables; nil: none
	State      func(key string) (string, bool)      // getStateValue; nil: no state
	Parameter  func(name string) (string, bool)     // #{name}; nil: parameters have no value
	Now        func() time.Time                     // nil: the machine's clock
	Location   *time.Location                       // the default time zone; nil: UTC
	Hostname   func(qualified bool) (string, error) // nil: the machine's
	IP         func() (string, error)               // nil: the machine's
	NextInt    func() int64                         // nil: one counter for the process, from 0
	Random     func() uint64                        // nil: a random source of the process
	NewUUID    func() string                        // nil: random UUIDs, version 4
	Decorate   func(text string) string             // applied to what each expression gives, not to the text between; nil: nothing
	ThreadName string                               // thread()
}

// lookup finds a name as NiFi's ValueLookup does.
func (e *Env) lookup(name string) (string, bool) {
	if e.Attributes != nil {
		if v, ok := e.Attributes.Attr(name); ok {
			return v, true
		}
	}
	if e.Variables != nil {
		if v, ok := e.Variables.Attr(name); ok {
			return v, true
		}
	}
	if e.LookupEnv != nil {
		return e.LookupEnv(name)
	}
	return "", false
}

func (e *Env) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now() //nolint:forbidigo // the documented meaning of an Env without a clock
}

func (e *Env) location() *time.Location {
	if e.Location != nil {
		return e.Location
	}
	return time.UTC
}

func (e *Env) hostname(qualified bool) (string, error) {
	if e.Hostname != nil {
		return e.Hostname(qualified)
	}
	name, err := os.Hostname()
	if err != nil || !qualified {
		return name, err
	}
	if full, err := net.LookupCNAME(name); err == nil && full != "" {
		return strings.TrimSuffix(full, "."), nil
	}
	return name, nil
}

// ip is the address that the machine's own name resolves to, as
// InetAddress.getLocalHost has it.
func (e *Env) ip() (string, error) {
	if e.IP != nil {
		return e.IP()
	}
	name, err := os.Hostname()
	if err != nil {
		return "", err
	}
	addrs, err := net.LookupHost(name)
	if err != nil || len(addrs) == 0 {
		return "127.0.0.1", nil //nolint:nilerr // a machine that does not know its own name has that address at least
	}
	return addrs[0], nil
}

var processCounter atomic.Int64 // nextInt is one sequence for the whole process in NiFi too

func (e *Env) nextInt() int64 {
	if e.NextInt != nil {
		return e.NextInt()
	}
	return processCounter.Add(1) - 1
}

// random is a whole number from 0 up to 2^63-1.
func (e *Env) random() int64 {
	if e.Random != nil {
		return int64(e.Random() & math.MaxInt64)
	}
	return mathrand.Int64()
}

// between is a random number from low to high, both included.
func (e *Env) between(low, high int64) int64 {
	return low + e.random()%(high-low+1)
}

func (e *Env) newUUID() string {
	if e.NewUUID != nil {
		return e.NewUUID()
	}
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return formatUUID(b)
}

func formatUUID(b [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
