package text

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk"
)

type metadataStrategy string

const (
	metaFirst      metadataStrategy = "Use First Metadata"
	metaCommon     metadataStrategy = "Keep Only Common Metadata"
	metaIgnore     metadataStrategy = "Ignore Metadata"
	metaDoNotMerge metadataStrategy = "Do Not Merge Uncommon Metadata"
)

// avroMerger makes one Avro file of several. Blocks are copied as they are: only files with the same schema and codec fit.
type avroMerger struct {
	inputs
	metadata metadataStrategy
	alien    []sdk.FlowFile
}

func (m *avroMerger) extension() string        { return ".avro" }
func (m *avroMerger) mimeType() string         { return "application/avro-binary" }
func (m *avroMerger) rejected() []sdk.FlowFile { return m.alien }

func (m *avroMerger) write(w io.Writer) error {
	var first *avroFile
	for _, ff := range m.ffs {
		if err := m.add(w, ff, &first); err != nil {
			return fmt.Errorf("FlowFile %s: %w", ff.UUID(), err)
		}
	}
	return nil
}

// add copies the blocks of one file. The first one gives the header.
func (m *avroMerger) add(w io.Writer, ff sdk.FlowFile, first **avroFile) error {
	r, err := m.s.Read(ff)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := openAvro(r)
	if err != nil {
		return err
	}
	if *first == nil {
		if m.metadata == metaIgnore {
			maps.DeleteFunc(f.meta, func(key string, _ []byte) bool { return !reserved(key) })
		}
		*first = f
		if _, err := w.Write(f.header()); err != nil {
			return err
		}
	} else if !m.mergeable(*first, f) {
		m.alien = append(m.alien, ff)
		return nil
	}
	return f.copyBlocks(w, (*first).sync)
}

func reserved(key string) bool { return strings.HasPrefix(key, "avro.") }

// mergeable tells whether the blocks of f may follow those of first.
func (m *avroMerger) mergeable(first, f *avroFile) bool {
	if !sameJSON(first.meta["avro.schema"], f.meta["avro.schema"]) || first.codec() != f.codec() {
		return false
	}
	if m.metadata != metaCommon && m.metadata != metaDoNotMerge {
		return true
	}
	for key, value := range f.meta {
		before, has := first.meta[key]
		if !reserved(key) && !bytes.Equal(before, value) && (has || m.metadata == metaDoNotMerge) {
			return false
		}
	}
	return true
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return bytes.Equal(a, b) ||
		json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// avroFile is an Avro object container file, read up to its first block.
type avroFile struct {
	r    *bufio.Reader
	meta map[string][]byte
	sync [16]byte
}

const (
	avroMagic = "Obj\x01"
	// maxMeta bounds the header of a file.
	maxMeta = 16 << 20
)

var errAvro = errors.New("the content is no Avro file")

func openAvro(r io.Reader) (*avroFile, error) {
	f := &avroFile{r: bufio.NewReaderSize(r, 64<<10), meta: map[string][]byte{}}
	var magic [len(avroMagic)]byte
	if _, err := io.ReadFull(f.r, magic[:]); err != nil || string(magic[:]) != avroMagic {
		return nil, errAvro
	}
	room := int64(maxMeta)
	for {
		n, err := f.count()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		for range n {
			key, err := f.bytes(&room)
			if err != nil {
				return nil, err
			}
			if f.meta[string(key)], err = f.bytes(&room); err != nil {
				return nil, err
			}
		}
	}
	if _, err := io.ReadFull(f.r, f.sync[:]); err != nil {
		return nil, errAvro
	}
	return f, nil
}

// count reads the number of entries of a block of a map; a negative one is followed by the block's size.
func (f *avroFile) count() (int64, error) {
	n, err := binary.ReadVarint(f.r)
	if err == nil && n < 0 {
		_, err = binary.ReadVarint(f.r)
		n = -n
	}
	if err != nil || n < 0 || n > maxMeta {
		return 0, errAvro
	}
	return n, nil
}

func (f *avroFile) bytes(room *int64) ([]byte, error) {
	n, err := binary.ReadVarint(f.r)
	if *room -= n + 1; err != nil || n < 0 || *room < 0 {
		return nil, errAvro
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, f.r, n); err != nil {
		return nil, errAvro
	}
	return b.Bytes(), nil
}

func (f *avroFile) codec() string {
	if c := string(f.meta["avro.codec"]); c != "" {
		return c
	}
	return "null"
}

func (f *avroFile) header() []byte {
	b := binary.AppendVarint([]byte(avroMagic), int64(len(f.meta)))
	for _, key := range slices.Sorted(maps.Keys(f.meta)) {
		b = append(binary.AppendVarint(b, int64(len(key))), key...)
		b = append(binary.AppendVarint(b, int64(len(f.meta[key]))), f.meta[key]...)
	}
	return append(append(b, 0), f.sync[:]...)
}

// copyBlocks copies what follows the header, with another sync marker.
func (f *avroFile) copyBlocks(w io.Writer, sync [16]byte) error {
	for {
		if _, err := f.r.Peek(1); err == io.EOF { //nolint:errorlint // bufio returns it bare
			return nil
		}
		records, err := binary.ReadVarint(f.r)
		if err != nil {
			return errAvro
		}
		size, err := binary.ReadVarint(f.r)
		if err != nil || size < 0 || records < 0 {
			return errAvro
		}
		if _, err := w.Write(binary.AppendVarint(binary.AppendVarint(nil, records), size)); err != nil {
			return err
		}
		if _, err := io.CopyN(w, f.r, size); err != nil {
			return fmt.Errorf("%w: a block is cut off", errAvro)
		}
		var marker [16]byte
		if _, err := io.ReadFull(f.r, marker[:]); err != nil || marker != f.sync {
			return fmt.Errorf("%w: a block does not end with the marker of the file", errAvro)
		}
		if _, err := w.Write(sync[:]); err != nil {
			return err
		}
	}
}
