package record

import (
	"hash/maphash"
	"math"
)

// bloom is a Bloom filter: a set that takes some strings for its own which are not.
type bloom struct {
	bits   []uint64
	hashes int
	seed   maphash.Seed
}

// maxBloomBits bounds the memory of a filter to 128 MB.
const maxBloomBits = 1 << 30

// newBloom makes a filter that takes about the given share of strings for its own wrongly once it holds n.
func newBloom(n int, wrong float64) *bloom {
	wrong = min(max(wrong, 1e-9), 0.999)
	bits := -float64(max(n, 1)) * math.Log(wrong) / (math.Ln2 * math.Ln2)
	size := int(min(max(bits, 64), maxBloomBits)+63) / 64
	hashes := math.Round(float64(size*64) / float64(max(n, 1)) * math.Ln2)
	return &bloom{make([]uint64, size), int(min(max(hashes, 1), 32)), maphash.MakeSeed()}
}

// add adds a string and reports whether it was surely not there before.
func (b *bloom) add(s string) bool {
	h := maphash.String(b.seed, s)
	step := h>>32 | 1
	n := uint64(len(b.bits)) * 64
	isNew := false
	for range b.hashes {
		at := h % n
		if mask := uint64(1) << (at % 64); b.bits[at/64]&mask == 0 {
			b.bits[at/64] |= mask
			isNew = true
		}
		h += step
	}
	return isNew
}
