package content_test

import (
	"io/fs"
	"math/rand/v2"
	"testing"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

func openOn(b *testing.B, fsys vfs.FS) *content.Repository {
	b.Helper()
	r, err := content.Open(content.Options{FS: fsys, Clock: clock.Real, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Done(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	return r
}

// BenchmarkAppend1K writes contents of 1 KB in sessions of 100, and releases each session's before the next.
func BenchmarkAppend1K(b *testing.B) {
	b.Run("disk", func(b *testing.B) { append1K(b, vfs.OS) })
	b.Run("own work", func(b *testing.B) { append1K(b, nowhere{vfs.OS}) }) // what the repository itself costs
}

// nowhere is a disk that forgets what is written to it, but for the first bytes.
type nowhere struct{ vfs.FS }

func (n nowhere) OpenFile(name string, flag int, perm fs.FileMode) (vfs.File, error) {
	f, err := n.FS.OpenFile(name, flag, perm)
	return nowhereFile{f}, err
}

type nowhereFile struct{ vfs.File }

func (f nowhereFile) WriteAt(p []byte, off int64) (int, error) {
	if off == 0 {
		return f.File.WriteAt(p, off)
	}
	return len(p), nil
}

func append1K(b *testing.B, fsys vfs.FS) {
	r := openOn(b, fsys)
	a := r.NewAppender()
	p := make([]byte, 1024)
	b.SetBytes(1024)
	b.ReportAllocs()
	claims := make([]content.Claim, 0, 100)
	for i := 0; b.Loop(); i++ {
		w, err := a.Create()
		if err != nil {
			b.Fatal(err)
		}
		_, _ = w.Write(p) // Close reports its error
		c, err := w.Close()
		if err != nil {
			b.Fatal(err)
		}
		if claims = append(claims, c); len(claims) == 100 {
			if err := a.Flush(); err != nil {
				b.Fatal(err)
			}
			r.Apply(nil, claims)
			claims = claims[:0]
			if i%65536 < 100 {
				_ = r.Clean() // else the benchmark fills the disk
			}
		}
	}
}

// BenchmarkRead1K reads warm contents of 1 KB in random order.
func BenchmarkRead1K(b *testing.B) {
	r := openOn(b, vfs.OS)
	a := r.NewAppender()
	p := make([]byte, 1024)
	claims := make([]content.Claim, 200_000)
	for i := range claims {
		w, _ := a.Create()
		_, _ = w.Write(p)
		claims[i], _ = w.Close()
	}
	if err := a.Flush(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(1024)
	b.ReportAllocs()
	for b.Loop() {
		d, err := r.Open(claims[rand.IntN(len(claims))])
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Read(p); err != nil {
			b.Fatal(err)
		}
		_ = d.Close()
	}
}
