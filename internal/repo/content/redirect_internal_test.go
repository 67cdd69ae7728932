package content

import (
	"bytes"
	"maps"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func FuzzDecodeMoves(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(movesMagic))
	f.Add(encodeMoves(moves{}))
	f.Add(encodeMoves(moves{16: {2, 16}, 5000: {3, 1 << 40}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMoves(b)
		if err != nil {
			return
		}
		again, err := decodeMoves(encodeMoves(m))
		if err != nil || !maps.Equal(m, again) {
			t.Errorf("decoded %v, encoded and decoded again %v, %v", m, again, err)
		}
	})
}

func TestDecodeMoves_AnyFlippedBitIsDetected(t *testing.T) {
	whole := encodeMoves(moves{16: {2, 16}, 5000: {3, 99}})
	for i := range len(whole) * 8 {
		bad := bytes.Clone(whole)
		bad[i/8] ^= 1 << (i % 8)
		if m, err := decodeMoves(bad); err == nil {
			t.Errorf("bit %d flipped: %v", i, m)
		}
	}
	for n := range whole {
		if m, err := decodeMoves(whole[:n]); err == nil {
			t.Errorf("cut to %d bytes: %v", n, m)
		}
	}
}
