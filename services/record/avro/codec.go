package avro

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Codec is how the blocks of a file are compressed, by its name in Avro.
type Codec string

// The codecs. Bzip2 can be read only.
const (
	None    Codec = "null"
	Deflate Codec = "deflate"
	Snappy  Codec = "snappy"
	Zstd    Codec = "zstandard"
	Bzip2   Codec = "bzip2"
)

// expander decompresses blocks, one after the other.
type expander struct {
	codec   Codec
	inflate io.ReadCloser
	zstd    *zstd.Decoder
}

func newExpander(codec Codec) (*expander, error) {
	e := &expander{codec: codec}
	switch codec {
	case None, Snappy, Bzip2:
	case Deflate:
		e.inflate = flate.NewReader(bytes.NewReader(nil))
	case Zstd:
		var err error
		e.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock),
			zstd.WithDecoderMaxWindow(64<<20))
		return e, err
	default:
		return nil, fmt.Errorf("codec %.40q is not supported; those that are: null, deflate, snappy, zstandard, bzip2", codec)
	}
	return e, nil
}

func (e *expander) close() {
	if e.zstd != nil {
		e.zstd.Close()
	}
}

// expand appends the content of a compressed block to dst.
func (e *expander) expand(dst, block []byte) ([]byte, error) {
	switch e.codec {
	case Deflate:
		if err := e.inflate.(flate.Resetter).Reset(bytes.NewReader(block), nil); err != nil {
			return nil, err
		}
		return readLimited(dst, e.inflate)
	case Bzip2:
		return readLimited(dst, bzip2.NewReader(bytes.NewReader(block)))
	case Zstd:
		return e.zstd.DecodeAll(block, dst)
	case Snappy:
		return unsnappy(dst, block)
	}
	return append(dst, block...), nil
}

func readLimited(dst []byte, r io.Reader) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	n, err := io.Copy(out, io.LimitReader(r, maxBlock+1))
	if n > maxBlock {
		return nil, errTooBig
	}
	return out.Bytes(), err
}

// unsnappy also checks the sum of the content, which follows it.
func unsnappy(dst, block []byte) ([]byte, error) {
	if len(block) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	sum := binary.BigEndian.Uint32(block[len(block)-4:])
	block = block[:len(block)-4]
	n, err := s2.DecodedLen(block)
	if err != nil {
		return nil, err
	}
	if n > maxBlock || n > 64*len(block)+64 { // no Snappy text is denser
		return nil, errTooBig
	}
	if cap(dst) < n {
		dst = make([]byte, n)
	}
	out, err := s2.Decode(dst[:cap(dst)], block)
	if err == nil && crc32.ChecksumIEEE(out) != sum {
		err = errors.New("checksum does not match")
	}
	return out, err
}

// compressor compresses blocks, one after the other.
type compressor struct {
	codec   Codec
	deflate *flate.Writer
	zstd    *zstd.Encoder
}

// compress appends the compressed block to dst.
func (c *compressor) compress(dst, block []byte) (_ []byte, err error) {
	switch c.codec {
	case Deflate:
		out := bytes.NewBuffer(dst)
		if c.deflate == nil {
			if c.deflate, err = flate.NewWriter(out, flate.DefaultCompression); err != nil {
				return nil, err
			}
		}
		c.deflate.Reset(out)
		_, err = c.deflate.Write(block)
		err = errors.Join(err, c.deflate.Close())
		return out.Bytes(), err
	case Snappy:
		sum := crc32.ChecksumIEEE(block)
		return binary.BigEndian.AppendUint32(append(dst, s2.EncodeSnappy(nil, block)...), sum), nil
	case Zstd:
		if c.zstd == nil {
			if c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
				return nil, err
			}
		}
		return c.zstd.EncodeAll(block, dst), nil
	}
	return nil, fmt.Errorf("codec %q cannot be written", c.codec)
}
