package provenance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/braidflow/braid/internal/vfs"
)

const (
	indexMagic  = "BRAIDPI1"
	indexFooter = 64   // bytes
	pageBytes   = 4096 // checksum, number of pairs, their hashes, their ordinals
	pagePairs   = (pageBytes - 8) / 12
)

// directory is what tells where things are in an index file and in its segment.
type directory struct {
	attrs  []string
	pages  []uint64 // the first hash of each page
	lists  [len(listFields)][]listEntry
	blocks []blockInfo
}

// listEntry is the place of one list of events in the index file.
type listEntry struct {
	text   string
	offset int64
	length uint32
	count  uint32
	sum    uint32
}

// indexWriter writes an index file and keeps count of the offset.
type indexWriter struct {
	*bufio.Writer
	offset int64
}

func (w *indexWriter) put(b []byte) error {
	n, err := w.Write(b)
	w.offset += int64(n)
	return err
}

// writeIndex writes the index of a sealed segment and returns its size. It sorts the pairs in place.
func writeIndex(fsys vfs.FS, s *segment, m *memory, blocks []blockInfo, hashes []uint64, ords []uint32) (int64, error) {
	w := indexWriter{}
	err := vfs.WriteFileAtomic(fsys, s.path+indexSuffix, func(f io.Writer) error {
		w = indexWriter{Writer: bufio.NewWriterSize(f, 256<<10)}
		d := directory{attrs: m.attrs, blocks: blocks}
		if err := w.putPages(&d, hashes, ords); err != nil {
			return err
		}
		if err := w.putLists(&d, m); err != nil {
			return err
		}
		at, packed := w.offset, d.append(nil)
		if err := w.put(packed); err != nil {
			return err
		}
		if err := w.put(footer(s, at, packed)); err != nil {
			return err
		}
		return w.Flush()
	})
	return w.offset, err
}

func (w *indexWriter) putPages(d *directory, hashes []uint64, ords []uint32) error {
	page := make([]byte, pageBytes)
	for len(hashes) > 0 {
		n := min(len(hashes), pagePairs)
		d.pages = append(d.pages, hashes[0])
		b := binary.LittleEndian.AppendUint32(page[:4], uint32(n))
		for _, h := range hashes[:n] {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
		for _, ord := range ords[:n] {
			b = binary.LittleEndian.AppendUint32(b, ord)
		}
		clear(page[len(b):])
		binary.LittleEndian.PutUint32(page, checksum(page[4:]))
		if err := w.put(page); err != nil {
			return err
		}
		hashes, ords = hashes[n:], ords[n:]
	}
	return nil
}

func (w *indexWriter) putLists(d *directory, m *memory) error {
	for i := range m.lists {
		for _, p := range m.lists[i] {
			d.lists[i] = append(d.lists[i],
				listEntry{text: p.text, offset: w.offset, length: uint32(len(p.data)), count: p.count, sum: checksum(p.data)})
			if err := w.put(p.data); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *directory) append(b []byte) []byte { //nolint:unparam // as every append
	b = binary.AppendUvarint(b, uint64(len(d.attrs)))
	for _, a := range d.attrs {
		b = binary.AppendUvarint(b, uint64(len(a)))
		b = append(b, a...)
	}
	b = binary.AppendUvarint(b, uint64(len(d.pages)))
	for _, h := range d.pages {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	for _, list := range d.lists {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, e := range list {
			b = binary.AppendUvarint(b, uint64(len(e.text)))
			b = append(b, e.text...)
			b = binary.AppendUvarint(b, uint64(e.offset))
			b = binary.AppendUvarint(b, uint64(e.length))
			b = binary.AppendUvarint(b, uint64(e.count))
			b = binary.LittleEndian.AppendUint32(b, e.sum)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(d.blocks)))
	for i := range d.blocks {
		b = binary.AppendUvarint(b, uint64(d.blocks[i].offset))
		b = d.blocks[i].append(b)
	}
	return b
}

func parseDirectory(b []byte) (*directory, error) {
	c, d := cursor{b: b}, &directory{}
	for range c.count(1) {
		d.attrs = append(d.attrs, string(c.section()))
	}
	d.pages = make([]uint64, c.count(8))
	for i := range d.pages {
		if p := c.take(8); p != nil {
			d.pages[i] = binary.LittleEndian.Uint64(p)
		}
	}
	for i := range d.lists {
		for range c.count(8) {
			e := listEntry{text: string(c.section()), offset: int64(c.uvarint())}
			e.length, e.count = uint32(c.uvarint()), uint32(c.uvarint())
			if p := c.take(4); p != nil {
				e.sum = binary.LittleEndian.Uint32(p)
			}
			d.lists[i] = append(d.lists[i], e)
		}
	}
	d.blocks = make([]blockInfo, c.count(blockHeader))
	for i := range d.blocks {
		offset := int64(c.uvarint())
		if p := c.take(blockHeader); p == nil || d.blocks[i].parse(p, offset) != nil {
			return nil, errDamaged
		}
	}
	if c.bad || len(c.b) > 0 {
		return nil, errDamaged
	}
	return d, nil
}

// count reads the number of entries that follow, each of which has at least size bytes.
func (c *cursor) count(size int) uint64 {
	n := c.uvarint()
	if n > uint64(len(c.b)/size) {
		c.bad = true
		return 0
	}
	return n
}

// footer ends an index file. It suffices to open the repository.
func footer(s *segment, at int64, dir []byte) []byte {
	b := append(make([]byte, 0, indexFooter), indexMagic...)
	for _, v := range [...]uint64{s.first, uint64(s.count), uint64(s.minTime), uint64(s.maxTime), uint64(at)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(dir)))
	b = binary.LittleEndian.AppendUint32(b, checksum(dir))
	b = append(b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, checksum(b))
}

// readFooter fills in what the index tells of its segment, and returns where its directory is.
func readFooter(f vfs.File, s *segment) (dir span, sum uint32, err error) {
	info, err := f.Stat()
	if err != nil {
		return span{}, 0, err
	}
	b := make([]byte, indexFooter)
	at := info.Size() - indexFooter
	if at < 0 {
		return span{}, 0, errDamaged
	}
	if _, err := f.ReadAt(b, at); err != nil {
		return span{}, 0, err
	}
	le := binary.LittleEndian
	if string(b[:8]) != indexMagic || le.Uint32(b[60:]) != checksum(b[:60]) || le.Uint64(b[8:]) != s.first {
		return span{}, 0, errDamaged
	}
	dir.start = int64(le.Uint64(b[40:]))
	dir.end = dir.start + int64(le.Uint32(b[48:]))
	if dir.start < 0 || dir.end != at {
		return span{}, 0, errDamaged
	}
	s.count, s.minTime, s.maxTime = uint32(le.Uint64(b[16:])), int64(le.Uint64(b[24:])), int64(le.Uint64(b[32:]))
	return dir, le.Uint32(b[52:]), nil
}

// readDirectory reads the directory of an open index file.
func readDirectory(f vfs.File, first uint64) (*directory, error) {
	at, sum, err := readFooter(f, &segment{first: first})
	if err != nil {
		return nil, err
	}
	b := make([]byte, at.end-at.start)
	if _, err := f.ReadAt(b, at.start); err != nil {
		return nil, err
	}
	if checksum(b) != sum {
		return nil, fmt.Errorf("%w: directory", errDamaged)
	}
	return parseDirectory(b)
}

// lookup returns the events with a hash, ascending.
func (d *directory) lookup(f io.ReaderAt, hash uint64) ([]uint32, error) {
	var ords []uint32
	page := make([]byte, pageBytes)
	i := sort.Search(len(d.pages), func(i int) bool { return d.pages[i] >= hash })
	for i = max(i-1, 0); i < len(d.pages) && d.pages[i] <= hash; i++ {
		if _, err := f.ReadAt(page, int64(i)*pageBytes); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		le := binary.LittleEndian
		n := int(le.Uint32(page[4:]))
		if le.Uint32(page) != checksum(page[4:]) || n > pagePairs {
			return nil, fmt.Errorf("%w: page %d", errDamaged, i)
		}
		at := func(k int) uint64 { return le.Uint64(page[8+8*k:]) }
		for k := sort.Search(n, func(k int) bool { return at(k) >= hash }); k < n && at(k) == hash; k++ {
			ords = append(ords, le.Uint32(page[8+8*n+4*k:]))
		}
	}
	return slices.Compact(ords), nil
}

// list returns the events of the values of a list field that fit, ascending.
func (d *directory) list(f io.ReaderAt, field int, fits func(text string) bool) ([]uint32, error) {
	var ords []uint32
	lists := 0
	for _, e := range d.lists[field] {
		if !fits(e.text) {
			continue
		}
		b := make([]byte, e.length)
		if _, err := f.ReadAt(b, e.offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if checksum(b) != e.sum {
			return nil, fmt.Errorf("%w: list of %s", errDamaged, listFields[field])
		}
		ords = unpackPostings(slices.Grow(ords, int(e.count)), b)
		lists++
	}
	if lists > 1 {
		slices.Sort(ords)
	}
	return ords, nil
}

// sortPairs sorts pairs by hash; equal hashes keep their order. It needs scratch space of the same size and returns
// the slices that hold the result.
func sortPairs(hashes []uint64, ords []uint32) ([]uint64, []uint32) {
	const bits, mask = 11, 1<<11 - 1
	toH, toO := make([]uint64, len(hashes)), make([]uint32, len(ords))
	var next [1 << bits]int
	for shift := 0; shift < 64; shift += bits {
		clear(next[:])
		for _, h := range hashes {
			next[h>>shift&mask]++
		}
		sum := 0
		for i, n := range next {
			next[i] = sum
			sum += n
		}
		for i, h := range hashes {
			at := &next[h>>shift&mask]
			toH[*at], toO[*at] = h, ords[i]
			*at++
		}
		hashes, toH, ords, toO = toH, hashes, toO, ords
	}
	return hashes, ords
}

// directories bounds how many directories are kept in memory.
type directories struct {
	mu     sync.Mutex // guards loaded
	loaded []*segment
}

const maxDirectories = 64 // some 80 KB each

func (d *directories) keep(s *segment, dir *directory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.dir.Store(dir)
	if d.loaded = append(d.loaded, s); len(d.loaded) > maxDirectories {
		d.loaded[0].dir.Store(nil)
		d.loaded = slices.Delete(d.loaded, 0, 1)
	}
}
