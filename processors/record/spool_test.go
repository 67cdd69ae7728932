package record

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
)

// Contents that grow in turns come out whole, whatever went to disk in between.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	random := rand.New(rand.NewPCG(1, 2))
	for _, limit := range []int{1 << 20, 1000, 0} {
		s := newSpool(limit)
		var parts []*spooled
		var want [][]byte
		for range 5 {
			parts, want = append(parts, s.add()), append(want, nil)
		}
		for range 300 {
			i, b := random.IntN(5), bytes.Repeat([]byte{byte(random.IntN(256))}, random.IntN(50))
			if _, err := parts[i].Write(b); err != nil {
				t.Fatal(err)
			}
			want[i] = append(want[i], b...)
		}
		for i, p := range parts {
			var got bytes.Buffer
			if err := p.copyTo(&got); err != nil || !bytes.Equal(got.Bytes(), want[i]) {
				t.Errorf("limit %d: content %d differs (%v)", limit, i, err)
			}
		}
		if spilled := s.file != nil; spilled != (limit < 1<<20) {
			t.Errorf("limit %d: spilled is %t", limit, spilled)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
