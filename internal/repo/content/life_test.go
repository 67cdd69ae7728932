package content_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

const dir = "/data/content"

func archive(keep time.Duration, limit int) func(*content.Options) {
	return func(o *content.Options) { o.Archive = content.Archive{Keep: keep, MaxUsage: limit} }
}

// segment writes and flushes contents of 1000 bytes until a segment is full, and returns them.
func segment(t *testing.T, r *content.Repository, a *content.Appender) (list []content.Claim) {
	t.Helper()
	for {
		c := write(t, a, fill(len(list), 1000))
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 && c.Segment != list[0].Segment {
			r.Release(c) // it began the next one
			return list
		}
		list = append(list, c)
	}
}

func TestArchive_DeadContentStaysReadableForAWhile(t *testing.T) {
	r := open(t, vfs.NewMem(), dir, archive(time.Hour, 90))
	a := r.NewAppender()
	list := segment(t, r.Repository, a)
	r.Apply(nil, list)
	clean := func(d time.Duration) {
		t.Helper()
		r.clock.Advance(d)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	clean(59 * time.Minute)
	if !r.Retained(list[1]) || !bytes.Equal(read(t, r.Repository, list[1]), fill(1, 1000)) {
		t.Fatal("content was deleted before its time")
	}
	if err := r.Retain(list[1]); err != nil { // a replay takes it up again
		t.Fatal(err)
	}
	clean(2 * time.Hour)
	if !bytes.Equal(read(t, r.Repository, list[1]), fill(1, 1000)) {
		t.Fatal("content was deleted though it is in use again")
	}
	r.Release(list[1])
	clean(59 * time.Minute)
	if !r.Retained(list[1]) {
		t.Error("its time did not begin anew")
	}
	clean(2 * time.Minute)
	if r.Retained(list[1]) {
		t.Error("content is kept for ever")
	}
	if _, err := r.Open(list[1]); !errors.Is(err, content.ErrGone) {
		t.Errorf("Open = %v, want ErrGone", err)
	}
	if err := r.Retain(list[1]); !errors.Is(err, content.ErrGone) {
		t.Errorf("Retain = %v, want ErrGone", err)
	}
}

func TestArchive_AFullDiskTakesTheOldestFirst(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir, archive(time.Hour, 50))
	a := r.NewAppender()
	var all [][]content.Claim
	for range 3 {
		list := segment(t, r.Repository, a)
		r.Apply(nil, list)
		r.clock.Advance(time.Second)
		all = append(all, list)
	}
	live := write(t, a, fill(9, 100))
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	disk.SetCapacity(disk.Used() * 10 / 8) // 80 % in use
	r.clock.Advance(time.Second)
	disk2 := disk.Used()
	big, err := a.Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := big.Write(fill(1, 5000)); !errors.Is(err, content.ErrFull) {
		t.Fatalf("a new file on a disk that is too full: %v, want ErrFull", err)
	}
	a.Discard()
	if !r.Full() {
		t.Error("Full = false")
	}
	if err := r.Clean(); err != nil {
		t.Fatal(err)
	}
	if r.Full() || disk.Used() >= disk2 {
		t.Errorf("Full = %v with %d bytes in use after Clean, %d before", r.Full(), disk.Used(), disk2)
	}
	got := fmt.Sprint(r.Retained(all[0][0]), r.Retained(all[1][0]), r.Retained(all[2][0]), r.Retained(live))
	if got != "false false true true" && got != "false true true true" {
		t.Errorf("retained = %s: want the oldest to be gone, the newest and the live one to stay", got)
	}
	write(t, a, fill(1, 5000))
	if err := a.Flush(); err != nil {
		t.Errorf("it does not go on by itself: %v", err)
	}
}

func TestRun_CleansUpWhenThereIsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, vfs.NewMem(), dir, archive(0, 90))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		a := r.NewAppender()
		large := write(t, a, fill(1, 5000))
		small := write(t, a, fill(2, 50))
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		r.Apply(nil, []content.Claim{large, small})
		synctest.Wait()
		if r.Retained(large) {
			t.Error("a dead file is left though there is no archive")
		}
		if !r.Retained(small) {
			t.Error("the current segment was deleted")
		}
		r.clock.Advance(time.Minute)
		synctest.Wait()
		if r.Retained(small) {
			t.Error("the current segment is left though it is dead and nobody writes")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestFull_ALittleIsLeftToTheLogs(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir)
	a := r.NewAppender()
	c := write(t, a, fill(1, 100_000))
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	disk.SetCapacity(disk.Used() + 500) // less than a hundredth
	r.clock.Advance(time.Second)
	if err := r.Clean(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Create(); !errors.Is(err, content.ErrFull) {
		t.Errorf("Create = %v, want ErrFull", err)
	}
	if got := read(t, r.Repository, c); len(got) != 100_000 {
		t.Error("reading does not go on")
	}
	disk.SetCapacity(1 << 30)
	r.clock.Advance(time.Second)
	write(t, a, fill(2, 10))
	if err := a.Flush(); err != nil {
		t.Errorf("it does not go on by itself: %v", err)
	}
}

func TestCompaction_OneSmallContentPinsNoSegment(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir, archive(time.Minute, 90))
	a := r.NewAppender()
	var kept []content.Claim
	for range 6 { // what compaction moves is compacted itself later on
		list := segment(t, r.Repository, a)
		kept = append(kept, list[3], list[7])
		r.Apply(nil, append(list[8:], list[0], list[1], list[2], list[4], list[5], list[6]))
		r.clock.Advance(2 * time.Minute)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(r *content.Repository, when string, list []content.Claim, limit int64) {
		t.Helper()
		for _, c := range list {
			want := fill(3, 1000)
			if c == kept[1] || c.Offset != kept[0].Offset {
				want = fill(7, 1000)
			}
			if got := read(t, r, c); !bytes.Equal(got, want) {
				t.Errorf("%s: content %v differs", when, c)
			}
		}
		if st := r.Stats(); st.Bytes > limit || st.Contents != int64(len(list)) || st.UnknownReleases != 0 {
			t.Errorf("%s: stats %+v; want %d contents in at most %d bytes", when, st, len(list), limit)
		}
	}
	verify(r.Repository, "compacted", kept, 40<<10) // two shared segments and one aged, not seven
	survivors := []content.Claim{kept[0], kept[11]}
	r.Apply(nil, kept[1:11])
	_ = segment(t, r.Repository, a)
	for range 3 {
		r.clock.Advance(2 * time.Minute)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	verifyAfter := func(f *content.Repository, when string) {
		t.Helper()
		if !bytes.Equal(read(t, f, survivors[0]), fill(3, 1000)) || !bytes.Equal(read(t, f, survivors[1]), fill(7, 1000)) {
			t.Errorf("%s: a survivor differs", when)
		}
	}
	verifyAfter(r.Repository, "compacted again")
	if err := errors.Join(r.Sync(), r.Close()); err != nil {
		t.Fatal(err)
	}
	f, missing := reopen(t, disk, dir, survivors)
	if len(missing) > 0 {
		t.Fatalf("missing after a restart: %v", missing)
	}
	verifyAfter(f.Repository, "restarted")
	f.Apply(nil, survivors)
	f.clock.Advance(time.Hour)
	if err := f.Clean(); err != nil {
		t.Fatal(err)
	}
	names, err := disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), ".moved") || strings.HasSuffix(n.Name(), ".seg") {
			t.Errorf("%s is left though nothing is in use", n.Name())
		}
	}
}

func TestCompaction_OfWhatWasCompactedBefore(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir)
	a := r.NewAppender()
	var kept []content.Claim
	for range 12 { // fills an aged segment
		list := segment(t, r.Repository, a)
		kept = append(kept, list[0], list[1])
		r.Apply(nil, list[2:])
		r.clock.Advance(2 * time.Minute)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	for len(kept) > 1 { // and leaves one content of it
		r.Release(kept[1])
		kept = append(kept[:1], kept[2:]...)
	}
	before := r.Stats()
	for range 3 {
		r.clock.Advance(2 * time.Minute)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	if after := r.Stats(); after.Bytes > before.Bytes/4 || after.Contents != 1 {
		t.Errorf("stats %+v, before %+v", after, before)
	}
	if got := read(t, r.Repository, kept[0]); !bytes.Equal(got, fill(0, 1000)) {
		t.Error("content that was moved twice differs")
	}
	if err := errors.Join(r.Sync(), r.Close()); err != nil {
		t.Fatal(err)
	}
	f, missing := reopen(t, disk, dir, kept)
	if len(missing) > 0 {
		t.Fatalf("missing after a restart: %v", missing)
	}
	if got := read(t, f.Repository, kept[0]); !bytes.Equal(got, fill(0, 1000)) {
		t.Error("content differs after a restart")
	}
}

func TestReader_StaysGoodWhileItsSegmentDies(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir, archive(0, 90), func(o *content.Options) { o.MaxOpen = 1 })
	a := r.NewAppender()
	var readers []*content.Reader
	for i := range 4 {
		c := write(t, a, fill(i, 6000)) // in a file of its own
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		d, err := r.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, d)
		r.Release(c)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	got := make([][]byte, len(readers))
	for range 6 { // by turns, with room for one open file
		for i, d := range readers {
			p := make([]byte, 1000)
			if _, err := d.Read(p); err != nil {
				t.Fatal(err)
			}
			got[i] = append(got[i], p...)
		}
	}
	for i, d := range readers {
		if !bytes.Equal(got[i], fill(i, 6000)) {
			t.Errorf("content %d differs", i)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Clean(); err != nil {
		t.Fatal(err)
	}
	if st := r.Stats(); st.Segments != 1 { // the current one
		t.Errorf("segments = %d after the readers are done, want 1", st.Segments)
	}
}

func TestOpen_NeverUsesANumberTwice(t *testing.T) {
	disk := vfs.NewMem()
	var last uint64
	for i := range 4 {
		r := open(t, disk, dir)
		a := r.NewAppender()
		small, c := write(t, a, fill(0, 10)), write(t, a, fill(1, 5000))
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		if min(small.Segment, c.Segment) <= last {
			t.Errorf("start %d: segments %d and %d after %d", i, small.Segment, c.Segment, last)
		}
		last = max(small.Segment, c.Segment)
		r.Apply(nil, []content.Claim{small, c})
		r.clock.Advance(time.Hour)
		if err := errors.Join(r.Clean(), r.Close()); err != nil {
			t.Fatal(err)
		}
		if r.Retained(c) {
			t.Error("the segment was not deleted: the test does not test it")
		}
	}
}

func TestOpen_OneProcessAtATime(t *testing.T) {
	root := t.TempDir()
	r := open(t, vfs.OS, root)
	if _, err := content.Open(content.Options{FS: vfs.OS, Clock: r.clock, Dir: root}); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("second Open = %v, want ErrLocked", err)
	}
}

func TestRecover_ReportsWhatIsMissingOrShort(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir)
	a := r.NewAppender()
	c := write(t, a, fill(1, 100))
	if err := errors.Join(a.Flush(), r.Close()); err != nil {
		t.Fatal(err)
	}
	short, gone, odd, odder := c, c, c, c
	short.Length++
	gone.Segment += 5
	odd.Offset = -1 << 63
	odder.Offset, odder.Length = 1<<62, 1<<62
	f, missing := reopen(t, disk, dir, []content.Claim{short, c, gone, odd, c, odder})
	if got, want := fmt.Sprint(missing), fmt.Sprint([]content.Claim{short, gone, odd, odder}); got != want {
		t.Errorf("missing = %s, want %s", got, want)
	}
	f.Release(c)
	if st := f.Stats(); st.Contents != 1 {
		t.Errorf("contents = %d after one of two references was released, want 1", st.Contents)
	}
	for _, m := range missing {
		if _, err := f.Open(m); err == nil && f.Verify(m) == nil {
			t.Errorf("%v can be read", m)
		}
	}
}

func TestRepository_ConcurrentUse(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir, archive(0, 90))
	var wg, stop sync.WaitGroup
	done := make(chan struct{})
	stop.Go(func() { // the cleaner and the log's flusher
		for {
			select {
			case <-done:
				return
			default:
			}
			r.clock.Advance(2 * time.Minute)
			if err := errors.Join(r.Clean(), r.Sync()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for task := range 4 {
		wg.Go(func() { useConcurrently(t, r.Repository, task) })
	}
	wg.Wait()
	close(done)
	stop.Wait()
	r.clock.Advance(time.Hour)
	if err := r.Clean(); err != nil {
		t.Fatal(err)
	}
	if st := r.Stats(); st.Contents != 0 || st.UnknownReleases != 0 || st.Damaged != 0 {
		t.Errorf("stats = %+v", st)
	}
}

func useConcurrently(t *testing.T, r *content.Repository, task int) {
	a := r.NewAppender()
	defer a.Close()
	type held struct {
		c content.Claim
		p []byte
	}
	var old []held
	for i := range 300 {
		var batch []held
		for j := range 5 {
			p := fill(task*1000+i*10+j, 200+(i*j)%1200)
			w, err := a.Create()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = w.Write(p) // Close says it again
			c, err := w.Close()
			if err != nil {
				t.Error(err)
				return
			}
			batch = append(batch, held{c, p})
		}
		if err := a.Flush(); err != nil {
			t.Error(err)
			return
		}
		old = append(old, batch[0])
		for _, h := range batch[1:] {
			r.Release(h.c)
		}
		if len(old) > 20 {
			r.Release(old[0].c)
			old = old[1:]
		}
		h := old[i%len(old)]
		d, err := r.Open(h.c)
		if err != nil {
			t.Error(err)
			return
		}
		if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, h.p) {
			t.Errorf("content %v: %v, or other bytes", h.c, err)
		}
		_ = d.Close()
	}
	for _, h := range old {
		r.Release(h.c)
	}
}
