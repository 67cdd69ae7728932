package content_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

// fixture is a repository with small segments over some disk.
type fixture struct {
	*content.Repository
	clock *clock.Fake
}

func open(t *testing.T, fsys vfs.FS, dir string, change ...func(*content.Options)) fixture {
	t.Helper()
	f, missing := reopen(t, fsys, dir, nil, change...)
	if len(missing) > 0 {
		t.Fatalf("missing %v in a new repository", missing)
	}
	return f
}

func reopen(
	t *testing.T, fsys vfs.FS, dir string, claims []content.Claim, change ...func(*content.Options),
) (fixture, []content.Claim) {
	t.Helper()
	c := clock.NewFake(time.Unix(1_800_000_000, 0))
	o := content.Options{
		FS: fsys, Clock: c, Dir: dir, SegmentSize: 16 << 10, LargeFrom: 4 << 10, SyncEvery: 8 << 10,
	}
	for _, f := range change {
		f(&o)
	}
	r, err := content.Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = r.Close() }) // a second Close is harmless here
	missing := r.Recover(slices.Values(claims))
	if err := r.Done(); err != nil {
		t.Fatalf("Done: %v", err)
	}
	return fixture{r, c}, missing
}

// fill makes bytes that tell contents apart.
func fill(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(seed*31 + i*7 + i>>8)
	}
	return b
}

func write(t *testing.T, a *content.Appender, p []byte) content.Claim {
	t.Helper()
	w, err := a.Create()
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	if _, err := w.Write(p); err != nil {
		t.Fatalf("Write: %v", err)
	}
	c, err := w.Close()
	if err != nil {
		t.Fatalf("Close: %v", err)
	}
	return c
}

func read(t *testing.T, r *content.Repository, c content.Claim) []byte {
	t.Helper()
	d, err := r.Open(c)
	if err != nil {
		t.Fatalf("Open(%v): %v", c, err)
	}
	defer func() { _ = d.Close() }()
	b, err := io.ReadAll(d)
	if err != nil {
		t.Fatalf("read %v: %v", c, err)
	}
	return b
}

func TestAppender_ContentsOfAllSizesComeBack(t *testing.T) {
	r := open(t, vfs.OS, t.TempDir())
	a := r.NewAppender()
	defer a.Close()
	sizes := []int{0, 1, 100, 3000, 2000, 4095, 4096, 4097, 100_000, 7, 700_000, 4090, 4090, 1}
	var claims []content.Claim
	for round := range 3 {
		for i, n := range sizes {
			w, err := a.Create()
			if err != nil {
				t.Fatal(err)
			}
			p := fill(round*100+i, n)
			if round == 0 {
				_, err = w.Write(p)
			} else { // in pieces, which makes contents outgrow chunks and buffers half-way
				_, err = io.Copy(w, io.MultiReader(bytes.NewReader(p[:n/3]), bytes.NewReader(p[n/3:n/2]), bytes.NewReader(p[n/2:])))
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.Close()
			if err != nil {
				t.Fatal(err)
			}
			claims = append(claims, c)
			d, err := a.Open(c)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, p) {
				t.Fatalf("content %d of %d bytes before Flush: got %d bytes, %v", i, n, len(got), err)
			}
			_ = d.Close()
		}
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range claims {
		if got, want := read(t, r.Repository, c), fill(i/len(sizes)*100+i%len(sizes), sizes[i%len(sizes)]); !bytes.Equal(got, want) {
			t.Errorf("content %d: got %d bytes, want %d, or other bytes", i, len(got), len(want))
		}
	}
	if st := r.Stats(); st.Contents != int64(3*(len(sizes)-1)) || st.UnknownReleases != 0 {
		t.Errorf("stats = %+v", st)
	}
}

func TestAppender_AbortLeavesTheOthersAlone(t *testing.T) {
	r := open(t, vfs.OS, t.TempDir(), func(o *content.Options) { o.SegmentSize, o.LargeFrom = 4<<20, 1<<20 })
	a := r.NewAppender()
	var claims []content.Claim
	sizes := []int{10, 300_000, 700_000, 900_000, 1_500_000, 20}
	for i, n := range sizes { // larger than the buffer, smaller than what gets its own file
		w, err := a.Create()
		if err != nil {
			t.Fatal(err)
		}
		for p := fill(50+i, n); len(p) > 0; p = p[min(len(p), 10_000):] {
			if _, err := w.Write(p[:min(len(p), 10_000)]); err != nil {
				t.Fatal(err)
			}
		}
		w.Abort()
		w.Abort()
		claims = append(claims, write(t, a, fill(i, n)))
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	for i, c := range claims {
		if got := read(t, r.Repository, c); !bytes.Equal(got, fill(i, sizes[i])) {
			t.Errorf("content of %d bytes differs", sizes[i])
		}
	}
	if st := r.Stats(); st.Contents != int64(len(sizes)) {
		t.Errorf("contents = %d, want %d", st.Contents, len(sizes))
	}
}

func TestAppender_RollbackAndMisuse(t *testing.T) {
	r := open(t, vfs.OS, t.TempDir())
	a := r.NewAppender()
	lost := write(t, a, fill(1, 100))
	w, err := a.Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Create(); err == nil {
		t.Error("two contents are open at once")
	}
	if err := a.Flush(); err == nil {
		t.Error("Flush with an open content works")
	}
	a.Discard()
	if _, err := w.Write([]byte("x")); !errors.Is(err, content.ErrClosed) {
		t.Errorf("Write after Discard: %v, want ErrClosed", err)
	}
	r.Release(lost)
	kept := write(t, a, fill(2, 100))
	if kept.Segment == lost.Segment && kept.Offset == lost.Offset {
		t.Errorf("the place %v of a content that was rolled back is used again", kept)
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, r.Repository, kept); !bytes.Equal(got, fill(2, 100)) {
		t.Error("content after a rollback differs")
	}
	if st := r.Stats(); st.Contents != 1 || st.UnknownReleases != 0 {
		t.Errorf("stats = %+v", st)
	}
}

func TestAppender_OneContentMayFailAlone(t *testing.T) {
	tests := map[string]struct {
		size   int
		before bool // another content is closed but not written when this one fails
		commit bool // the session can commit the others
	}{
		"first content":              {300_000, false, true},
		"with others in the buffer":  {300_000, true, false},
		"in its own file":            {3 << 20, false, true},
		"in its own file, others in": {3 << 20, true, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var on atomic.Bool
			disk := vfs.NewFault(vfs.NewMem(), vfs.FailOps(&on, syscall.EIO, vfs.OpWrite))
			r := open(t, disk, "/data", func(o *content.Options) { o.SegmentSize, o.LargeFrom = 4<<20, 1<<20 })
			a := r.NewAppender()
			kept := write(t, a, fill(1, 1000))
			if err := a.Flush(); err != nil {
				t.Fatal(err)
			}
			if tc.before {
				write(t, a, fill(2, 1000))
			}
			on.Store(true)
			w, err := a.Create()
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Write(fill(3, tc.size))
			_, cerr := w.Close()
			if !errors.Is(err, syscall.EIO) || !errors.Is(cerr, syscall.EIO) {
				t.Errorf("Write = %v, Close = %v; want the disk's error", err, cerr)
			}
			on.Store(false)
			if err := a.Flush(); (err == nil) != tc.commit {
				t.Errorf("Flush = %v, want success %v", err, tc.commit)
			}
			after := write(t, a, fill(4, 1000))
			if err := a.Flush(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(read(t, r.Repository, kept), fill(1, 1000)) || !bytes.Equal(read(t, r.Repository, after), fill(4, 1000)) {
				t.Error("the contents before or after differ")
			}
		})
	}
}

func TestReader_SeekAndRangedReads(t *testing.T) {
	r := open(t, vfs.OS, t.TempDir())
	a := r.NewAppender()
	p := fill(1, 1000)
	write(t, a, fill(0, 10))
	c := write(t, a, p)
	write(t, a, fill(2, 10))
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	d, err := r.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 20)
	if n, err := d.ReadAt(b, 990); n != 10 || !errors.Is(err, io.EOF) || !bytes.Equal(b[:n], p[990:]) {
		t.Errorf("ReadAt over the end = %d, %v", n, err)
	}
	if _, err := d.Seek(-500, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, p[500:]) {
		t.Errorf("read after seek = %d bytes, %v", len(got), err)
	}
	if _, err := d.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, p) {
		t.Errorf("read again = %d bytes, %v", len(got), err)
	}
	_ = d.Close()
	if _, err := d.Read(b); !errors.Is(err, content.ErrClosed) {
		t.Errorf("Read after Close: %v, want ErrClosed", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
