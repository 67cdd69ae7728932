package flowfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/braidflow/braid/internal/vfs"
)

// Snapshots and swap files are made of blocks, each with a checksum over its place and content
// (docs/formats/flowfile.md).
const (
	snapshotMagic   = "BRAIDSNP"
	swapMagic       = "BRAIDSWP"
	formatVersion   = 1
	fileHeaderSize  = 32
	blockHeaderSize = 8
	blockTarget     = 128 << 10
	maxBlock        = 512 << 20 // more than a FlowFile with the longest attributes takes
)

// The kinds of blocks, each block's first byte.
const (
	blockNames     = 'n' // a whole dictionary
	blockUsedNames = 'u' // the part of it that is used
	blockFlowFiles = 'f' // of one queue
	blockSwaps     = 's'
	blockMeta      = 'm'
	blockEnd       = 'z' // totals
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CorruptError says that a file of the repository cannot be read any more.
type CorruptError struct {
	File   string
	Offset int64
	Hint   string // what the user can do
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d; %s", e.File, e.Offset, e.Hint)
}

// blockWriter writes a file of blocks. The block in the making is in enc.
type blockWriter struct {
	enc   encoder
	w     io.Writer
	sum   uint32 // of the file's header
	count uint64 // blocks written
}

// newBlockWriter writes the header; number is the file's own: the position of a snapshot, the number of a swap file.
func newBlockWriter(w io.Writer, magic string, number uint64) (*blockWriter, error) {
	h := make([]byte, fileHeaderSize)
	copy(h, magic)
	binary.LittleEndian.PutUint32(h[8:], formatVersion)
	binary.LittleEndian.PutUint64(h[16:], number)
	sum := crc32.Checksum(h[:fileHeaderSize-4], castagnoli)
	binary.LittleEndian.PutUint32(h[fileHeaderSize-4:], sum)
	if _, err := w.Write(h); err != nil {
		return nil, err
	}
	b := &blockWriter{w: w, sum: sum}
	b.enc.buf = make([]byte, blockHeaderSize, blockTarget+blockTarget/4)
	return b, nil
}

// begin starts a block.
func (b *blockWriter) begin(kind byte) {
	b.enc.reset()
	b.enc.buf = append(b.enc.buf, make([]byte, blockHeaderSize)...)
	b.enc.buf = append(b.enc.buf, kind)
}

func (b *blockWriter) full() bool { return len(b.enc.buf) >= blockTarget }

// end writes the block.
func (b *blockWriter) end() error {
	p := b.enc.buf
	body := p[blockHeaderSize:]
	binary.LittleEndian.PutUint32(p, uint32(len(body)))
	binary.LittleEndian.PutUint32(p[4:], blockSum(b.sum, b.count, body))
	b.count++
	_, err := b.w.Write(p)
	return err
}

// blockSum covers a block's place too, so that no block passes for another.
func blockSum(file uint32, count uint64, body []byte) uint32 {
	var place [16]byte
	binary.LittleEndian.PutUint32(place[:], file)
	binary.LittleEndian.PutUint32(place[4:], uint32(len(body)))
	binary.LittleEndian.PutUint64(place[8:], count)
	return crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, body)
}

// blockReader reads a file of blocks.
type blockReader struct {
	name   string // for errors
	in     *bufio.Reader
	left   int64
	off    int64
	sum    uint32
	number uint64
	count  uint64
	buf    []byte
}

var errNewer = errors.New("written by a newer version of Braid; start that version")

func newBlockReader(f vfs.File, magic string) (*blockReader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return readBlocks(f.Name(), f, info.Size(), magic)
}

func readBlocks(name string, r io.Reader, size int64, magic string) (*blockReader, error) {
	b := &blockReader{name: name, in: bufio.NewReaderSize(r, 256<<10), left: size}
	var h [fileHeaderSize]byte
	if err := b.read(h[:]); err != nil {
		return nil, err
	}
	b.sum = crc32.Checksum(h[:fileHeaderSize-4], castagnoli)
	if string(h[:8]) != magic || binary.LittleEndian.Uint32(h[fileHeaderSize-4:]) != b.sum {
		b.off = 0
		return nil, b.corrupt("its header is unreadable")
	}
	if v := binary.LittleEndian.Uint32(h[8:]); v != formatVersion {
		return nil, fmt.Errorf("%s: format %d: %w", name, v, errNewer)
	}
	b.number = binary.LittleEndian.Uint64(h[16:])
	return b, nil
}

// read fills p. A file that ends too early is damaged.
func (b *blockReader) read(p []byte) error {
	if int64(len(p)) > b.left {
		return b.corrupt("it ends too early")
	}
	if _, err := io.ReadFull(b.in, p); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return b.corrupt("it ends too early")
		}
		return fmt.Errorf("read %s: %w", b.name, err)
	}
	b.left -= int64(len(p))
	b.off += int64(len(p))
	return nil
}

func (b *blockReader) corrupt(what string) error {
	return &CorruptError{File: b.name, Offset: b.off, Hint: what + "; " + salvageHint}
}

const salvageHint = "restore the file from a backup, or start once with --salvage to go on without it"

// next reads a block; the content is valid until the next call.
func (b *blockReader) next() (kind byte, d decoder, err error) {
	var h [blockHeaderSize]byte
	if err := b.read(h[:]); err != nil {
		return 0, d, err
	}
	n := binary.LittleEndian.Uint32(h[:])
	if n == 0 || n > maxBlock || int64(n) > b.left {
		return 0, d, b.corrupt("a block is unreadable")
	}
	if uint32(cap(b.buf)) < n {
		b.buf = make([]byte, n)
	}
	body := b.buf[:n]
	at := b.off
	if err := b.read(body); err != nil {
		return 0, d, err
	}
	if blockSum(b.sum, b.count, body) != binary.LittleEndian.Uint32(h[4:]) {
		b.off = at
		return 0, d, b.corrupt("a block is unreadable")
	}
	b.count++
	return body[0], decoder{b: body[1:]}, nil
}

// finish checks what must hold after the end block.
func (b *blockReader) finish() error {
	if b.left != 0 {
		return b.corrupt("there is something behind its end")
	}
	return nil
}
