package flowfile

import (
	"bytes"
	"encoding/binary"
	"maps"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// fuzzRepository is what recovery needs of one.
func fuzzRepository() *Repository {
	return &Repository{
		opts: Options{FS: vfs.NewMem(), Dir: "/", Events: func(wal.Position, []byte) error { return nil }},
		gone: map[string]wal.Position{},
	}
}

func seedFlowFiles() []*FlowFile {
	full := &FlowFile{
		ID: 7, UUID: UUID{1, 2, 3}, Entry: 5, Lineage: 3, Queued: 10, Penalty: 20,
		Claim: content.Claim{Segment: 1, Offset: 2, Length: 3, Sum: 4},
		Attrs: MakeAttrs(map[string]string{"color": "red", "size": "5"}),
	}
	return []*FlowFile{full, {ID: 8, Attrs: Attrs("\x00\x02in\x01v")}}
}

// walk touches all that was recovered: it must be safe to use.
func walk(t *testing.T, ffs []*FlowFile) {
	for _, ff := range ffs {
		if n := len(maps.Collect(ff.Attrs.All())); n > ff.Attrs.Len() || ff.Claim.Length < 0 || ff.Claim.Offset < 0 {
			t.Fatalf("nonsense was recovered: %+v", ff)
		}
	}
}

func FuzzRecord(f *testing.F) {
	ffs := seedFlowFiles()
	queue := Number("fuzz-queue")
	e := encoder{buf: []byte{0, entryNewNames}}
	e.names(1, Names()[1:])
	names := bytes.Clone(e.buf)
	var b Batch
	b.Create(ffs[0], queue)
	b.Create(ffs[1], queue)
	changed := *ffs[0]
	changed.Attrs = changed.Attrs.With(nil, Attr{Name: "color", Value: "blue"})
	b.Update(ffs[0], &changed, queue)
	b.Move(&changed, queue)
	file := SwapFile{Name: "01.swap", Queue: queue, Count: 1}
	b.SwapOut(file, ffs[1:])
	b.SwapIn(file)
	b.SwapDrop(file)
	b.Meta('m', []byte("meta"))
	b.Delete(&changed)
	b.Events([]byte("events"))
	f.Add(bytes.Join(b.record(), nil), false)
	f.Add(names, true)
	f.Add([]byte{255, 255, 255, 255, 15}, true)
	f.Fuzz(func(t *testing.T, data []byte, salvage bool) {
		r := fuzzRepository()
		r.opts.Salvage = salvage
		rec := newRecovery(r, &Recovered{})
		if err := rec.record(1, names); err != nil {
			t.Fatal(err)
		}
		if err := rec.record(2, bytes.Join([][]byte{{0}, data}, nil)[min(1, len(data)%2):]); err != nil {
			return
		}
		for _, q := range rec.live.queues() {
			walk(t, q)
		}
		rec.swapsByQueue()
	})
}

// blocksOf makes a file out of rubbish, with checksums that are right: each block is a length and that many bytes.
func blocksOf(magic string, data []byte) []byte {
	var out bytes.Buffer
	b, _ := newBlockWriter(&out, magic, 1) // a bytes.Buffer takes everything
	for len(data) > 1 {
		n := min(int(binary.LittleEndian.Uint16(data)), len(data)-2)
		body := data[2 : 2+n]
		data = data[2+n:]
		if n == 0 {
			continue
		}
		b.begin(body[0])
		b.enc.buf = append(b.enc.buf, body[1:]...)
		_ = b.end()
	}
	return out.Bytes()
}

// unblock is the reverse of blocksOf, to make seeds of real files.
func unblock(file []byte) (data []byte) {
	for b := file[fileHeaderSize:]; len(b) > 0; {
		n := binary.LittleEndian.Uint32(b)
		data = binary.LittleEndian.AppendUint16(data, uint16(n))
		data = append(data, b[blockHeaderSize:blockHeaderSize+n]...)
		b = b[blockHeaderSize+n:]
	}
	return data
}

func FuzzSnapshot(f *testing.F) {
	var out bytes.Buffer
	b, _ := newBlockWriter(&out, snapshotMagic, 1)
	queue := Number("fuzz-queue")
	_ = b.names(Names())
	_ = b.snapshot(Snapshot{
		Live: func(yield func(uint32, *FlowFile) bool) {
			for _, ff := range seedFlowFiles() {
				yield(queue, ff)
			}
		},
		Swaps: func(yield func(SwapFile) bool) { yield(SwapFile{Name: "01.swap", Queue: queue, Count: 1}) },
		Meta:  func(yield func(Meta) bool) { yield(Meta{Kind: 'm', Blob: []byte("meta")}) },
	}, 9)
	f.Add(unblock(out.Bytes()), true)
	f.Add(out.Bytes(), false)
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		if whole {
			data = blocksOf(snapshotMagic, data)
		}
		rec := newRecovery(fuzzRepository(), &Recovered{})
		r, err := readBlocks("fuzz", bytes.NewReader(data), int64(len(data)), snapshotMagic)
		if err != nil || rec.readBlocks(r) != nil {
			return
		}
		for _, q := range rec.live.queues() {
			walk(t, q)
		}
	})
}

func FuzzSwap(f *testing.F) {
	var out bytes.Buffer
	_ = writeSwap(&out, 1, Number("fuzz-queue"), seedFlowFiles())
	f.Add(unblock(out.Bytes()), true)
	f.Add(out.Bytes(), false)
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		if whole {
			data = blocksOf(swapMagic, data)
		}
		r, err := readBlocks("fuzz", bytes.NewReader(data), int64(len(data)), swapMagic)
		if err != nil {
			return
		}
		var ffs []*FlowFile
		_, err = r.eachFlowFile(new(Arena), func() *FlowFile { return new(FlowFile) }, func(ff *FlowFile) { ffs = append(ffs, ff) })
		if err == nil {
			walk(t, ffs)
		}
	})
}

// FuzzUpdate checks that any change of attributes survives its difference.
func FuzzUpdate(f *testing.F) {
	f.Add("abc", "abd", "")
	f.Add("", "xyz", "zyx")
	f.Fuzz(func(t *testing.T, before, set, drop string) {
		attrs := func(s string) (list []Attr) {
			for i := range len(s) {
				list = append(list, Attr{Name: "a" + s[i:i+1], Value: s[i:]})
			}
			return list
		}
		queue := Number("fuzz-queue")
		old := &FlowFile{ID: 1, Attrs: Attrs("").With(nil, attrs(before)...)}
		ff := &FlowFile{ID: 1, Queued: 3, Attrs: old.Attrs.With(nil, attrs(set)...).Without(nil, func(n string) bool {
			return len(drop) > 0 && n == "a"+drop[:1]
		})}
		var b Batch
		b.Create(old, queue)
		b.Update(old, ff, queue)
		rec := newRecovery(fuzzRepository(), &Recovered{})
		e := encoder{buf: []byte{0, entryNewNames}}
		e.names(1, Names()[1:])
		if err := rec.record(1, e.buf); err != nil {
			t.Fatal(err)
		}
		if err := rec.record(2, bytes.Join(b.record(), nil)); err != nil {
			t.Fatal(err)
		}
		if got := rec.live.get(1).ff; *got != *ff {
			t.Fatalf("got %+v, want %+v", got, ff)
		}
	})
}
