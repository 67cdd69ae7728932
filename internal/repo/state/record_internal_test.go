package state

import (
	"errors"
	"maps"
	"testing"

	"github.com/braidflow/braid/internal/vfs"
)

func frames(tb testing.TB, list ...record) []byte {
	tb.Helper()
	b := []byte(fileHeader)
	for _, r := range list {
		var err error
		if b, err = appendFrame(b, r); err != nil {
			tb.Fatal(err)
		}
	}
	return b
}

func set(v string) func(*Map) (*Map, error) {
	return func(*Map) (*Map, error) { return &Map{values: map[string]string{"k": v}}, nil }
}

// TestStore_ChangesDuringAWrite enqueues a change while another one is being written.
func TestStore_ChangesDuringAWrite(t *testing.T) {
	for name, failure := range map[string]error{"written": nil, "failed": vfs.ErrNoSpace} {
		t.Run(name, func(t *testing.T) {
			var s *Store
			var later *batch
			fault := vfs.NewFault(vfs.NewMem(), func(c vfs.Call) *vfs.Failure {
				if s == nil || later != nil || c.Op != vfs.OpWrite {
					return nil
				}
				var err error
				if later, err = s.enqueue("a", set("2")); err != nil {
					t.Error(err)
				}
				if failure != nil {
					return &vfs.Failure{Err: failure}
				}
				return nil
			})
			opened, err := Open(Options{FS: fault, Dir: "/state"})
			if err != nil {
				t.Fatal(err)
			}
			s = opened
			defer func() { _ = s.Close() }()
			if err := s.Set("a", map[string]string{"k": "1"}); !errors.Is(err, failure) {
				t.Fatalf("Set = %v, want %v", err, failure)
			}
			ok, err := s.Replace("a", s.Get("a").Version(), map[string]string{"k": "3"})
			if err != nil || ok != (failure != nil) {
				t.Errorf("Replace = %v, %v; a change that is not written yet must count, one that failed must not", ok, err)
			}
			if later.done != (failure != nil) || !errors.Is(later.err, failure) {
				t.Errorf("the later change: done %v, %v", later.done, later.err)
			}
		})
	}
}

// FuzzDecode feeds files to the decoder: it must not fail on anything, and what it returns must encode to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(fileHeader))
	f.Add(frames(f, record{version: 1, id: "a", state: &Map{version: 1, values: map[string]string{"k": "v", "": ""}}}))
	f.Add(frames(f, record{version: 2, id: "a"}, record{version: 3, end: true}))
	f.Add(append(frames(f, record{version: 2, id: "a"}), marker+"\xff\xff\xff\x03rest"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, rest := decode(b)
		if rest.tail+rest.skipped > len(b) {
			t.Errorf("%d bytes of tail and %d skipped of %d", rest.tail, rest.skipped, len(b))
		}
		again, left := decode(frames(t, list...))
		if len(again) != len(list) || left.tail != 0 || left.skipped != 0 {
			t.Fatalf("%d records, %d after encoding them again, left %+v", len(list), len(again), left)
		}
		for i, r := range list {
			a := again[i]
			same := a.version == r.version && a.id == r.id && a.end == r.end && (a.state == nil) == (r.state == nil)
			if !same || r.state != nil && !maps.Equal(a.state.values, r.state.values) {
				t.Errorf("record %+v became %+v", r, a)
			}
		}
	})
}
