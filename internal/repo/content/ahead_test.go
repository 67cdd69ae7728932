package content_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

func readBy(t *testing.T, a *content.Appender, c content.Claim) ([]byte, error) {
	t.Helper()
	d, err := a.Open(c)
	if err != nil {
		t.Fatalf("Open(%v): %v", c, err)
	}
	defer func() { _ = d.Close() }()
	var b bytes.Buffer
	_, err = io.Copy(&b, d)
	return b.Bytes(), err
}

// A task that reads a queue of small contents gets many with one read of the disk. What another task writes meanwhile
// must not be hidden by what was read before it.
func TestAppender_ReadingAheadNeverServesStaleBytes(t *testing.T) {
	r := open(t, vfs.OS, t.TempDir(), func(o *content.Options) { o.SegmentSize = 1 << 20 })
	writer, reader := r.NewAppender(), r.NewAppender()
	defer writer.Close()
	defer reader.Close()
	for round := range 50 {
		var claims []content.Claim
		var want [][]byte
		for i := range 20 {
			p := fill(round*100+i, 300+i)
			claims, want = append(claims, write(t, writer, p)), append(want, p)
		}
		if err := writer.Flush(); err != nil {
			t.Fatal(err)
		}
		for i, c := range claims {
			if got, err := readBy(t, reader, c); err != nil || !bytes.Equal(got, want[i]) {
				t.Fatalf("round %d, content %d: %v, or other bytes than were written", round, i, err)
			}
		}
	}
}

func TestAppender_ReadingAheadFindsDamage(t *testing.T) {
	dir := t.TempDir()
	r := open(t, vfs.OS, dir)
	a := r.NewAppender()
	defer a.Close()
	first, second, third := write(t, a, fill(1, 500)), write(t, a, fill(2, 500)), write(t, a, fill(3, 500))
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	flip(t, dir, fill(3, 500))
	for _, c := range []content.Claim{first, second} {
		if _, err := readBy(t, a, c); err != nil {
			t.Fatal(err)
		}
	}
	_, err := readBy(t, a, third)
	if _, ok := errors.AsType[*content.CorruptError](err); !ok {
		t.Errorf("read of a damaged content: %v, want a CorruptError", err)
	}
}

// flip changes one bit of a content in whatever file holds it.
func flip(t *testing.T, dir string, p []byte) {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if i := bytes.Index(b, p); i >= 0 {
			found = true
			b[i+len(p)/2] ^= 4
			return os.WriteFile(name, b, 0o600)
		}
		return nil
	})
	if err != nil || !found {
		t.Fatalf("the content was not found on disk: %v", err)
	}
}
