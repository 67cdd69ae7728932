package flowfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

const (
	swapDir = "swap"
	swapExt = ".swap"
)

// ErrNoDisk is returned where FlowFiles should be swapped out of a repository that is only in memory.
var ErrNoDisk = errors.New("a repository in memory has no swap files")

// SwapFile describes FlowFiles of one queue that lie on disk instead of in memory.
type SwapFile struct {
	Name                 string // file name in the repository's swap folder; grows from file to file
	Queue                uint32
	Count                int
	Bytes                int64 // of content
	MinQueued, MaxQueued int64 // Unix milliseconds
	MaxID                uint64
}

func (e *encoder) swapFile(f SwapFile) {
	e.string(f.Name)
	e.uvarint(uint64(f.Queue))
	e.uvarint(uint64(f.Count))
	e.uvarint(uint64(f.Bytes))
	e.varint(f.MinQueued)
	e.varint(f.MaxQueued)
	e.uvarint(f.MaxID)
}

func (d *decoder) swapFile(names *names) (f SwapFile) {
	f.Name = string(d.bytes())
	f.Queue = names.queue(d.number())
	f.Count = int(d.uvarint())
	f.Bytes = int64(d.uvarint())
	f.MinQueued, f.MaxQueued = d.varint(), d.varint()
	f.MaxID = d.uvarint()
	_, ok := swapNumber(f.Name)
	if d.err == nil && (f.Queue == 0 || f.Count < 0 || f.Bytes < 0 || !ok) {
		d.fail()
	}
	return f
}

// swapNumber returns the number in a name that WriteSwap gives; ok is false for any other name: nothing that a log
// says may reach outside the folder.
func swapNumber(name string) (number uint64, ok bool) {
	n, ok := strings.CutSuffix(name, swapExt)
	number, err := strconv.ParseUint(n, 16, 64)
	return number, ok && err == nil
}

func (r *Repository) swapPath(name string) string { return filepath.Join(r.opts.Dir, swapDir, name) }

// WriteSwap writes FlowFiles of a queue, in their order, into a new file. They stay live until a batch with SwapOut
// is committed.
func (r *Repository) WriteSwap(queue uint32, ffs []*FlowFile) (SwapFile, error) {
	if r.opts.Durability == Memory {
		return SwapFile{}, ErrNoDisk
	}
	number := r.NextIDs(1)
	f := summary(fmt.Sprintf("%016x%s", number, swapExt), queue, ffs)
	err := vfs.WriteFileAtomic(r.opts.FS, r.swapPath(f.Name), func(w io.Writer) error {
		buf := bufio.NewWriterSize(w, 256<<10)
		if err := writeSwap(buf, number, queue, ffs); err != nil {
			return err
		}
		return buf.Flush()
	})
	if err != nil {
		return SwapFile{}, fmt.Errorf("swap FlowFiles out: %w", err)
	}
	return f, nil
}

func summary(name string, queue uint32, ffs []*FlowFile) SwapFile {
	f := SwapFile{Name: name, Queue: queue, Count: len(ffs)}
	for i, ff := range ffs {
		if i == 0 || ff.Queued < f.MinQueued {
			f.MinQueued = ff.Queued
		}
		f.MaxQueued = max(f.MaxQueued, ff.Queued)
		f.Bytes += ff.Claim.Length
		f.MaxID = max(f.MaxID, ff.ID)
	}
	return f
}

// writeSwap writes a swap file, which carries the names that it uses: it can outlive the numbering of the log.
func writeSwap(w io.Writer, number uint64, queue uint32, ffs []*FlowFile) error {
	b, err := newBlockWriter(w, swapMagic, number)
	if err != nil {
		return err
	}
	b.begin(blockUsedNames)
	b.enc.used(usedNames(ffs))
	if err := b.end(); err != nil {
		return err
	}
	n, err := b.flowFiles(func(yield func(uint32, *FlowFile) bool) {
		for _, ff := range ffs {
			if !yield(queue, ff) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return b.totals(n, 0)
}

// usedNames returns the numbers in the attributes of FlowFiles, sorted.
func usedNames(ffs []*FlowFile) []uint32 {
	seen := map[uint32]struct{}{}
	for _, ff := range ffs {
		for a := ff.Attrs; len(a) > 0; {
			var id uint32
			if id, _, _, a = a.next(); id != 0 {
				seen[id] = struct{}{}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// ReadSwap reads the FlowFiles of a swap file in their order. The file stays. A damaged one gives a *CorruptError,
// and a copy of it is put aside.
func (r *Repository) ReadSwap(f SwapFile) ([]*FlowFile, error) {
	ffs := make([]*FlowFile, 0, min(f.Count, 1<<20))
	var mem recoveryMemory
	err := r.eachSwapped(f, &mem.arena, mem.cut, func(ff *FlowFile) { ffs = append(ffs, ff) })
	if damaged, ok := errors.AsType[*CorruptError](err); ok {
		damaged.Hint += r.copyAside(f.Name)
	}
	if err != nil {
		return nil, err
	}
	return ffs, nil
}

// copyAside keeps a copy of a damaged file for as long as the user wants, and says where.
func (r *Repository) copyAside(name string) string {
	to := r.swapPath(name) + ".damaged"
	in, err := vfs.Open(r.opts.FS, r.swapPath(name))
	if err != nil {
		return ""
	}
	defer func() { _ = in.Close() }() // read only
	err = vfs.WriteFileAtomic(r.opts.FS, to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	if err != nil {
		r.opts.Log.Error("no copy of a damaged swap file could be made", "file", name, "error", err)
		return ""
	}
	return "; a copy is in " + to
}

// SwapClaims calls fn for the content of each FlowFile of a swap file that has one, so that claims can be counted
// without taking the FlowFiles into memory.
func (r *Repository) SwapClaims(f SwapFile, fn func(content.Claim)) error {
	var one FlowFile
	var mem Arena
	return r.eachSwapped(f, &mem, func() *FlowFile { return &one }, func(ff *FlowFile) {
		if !ff.Claim.Empty() {
			fn(ff.Claim)
		}
	})
}

// eachSwapped reads a swap file into FlowFiles that cut supplies.
func (r *Repository) eachSwapped(f SwapFile, mem *Arena, cut func() *FlowFile, fn func(*FlowFile)) (err error) {
	if r.opts.Durability == Memory {
		return ErrNoDisk
	}
	number, ok := swapNumber(f.Name)
	if !ok {
		return fmt.Errorf("%q is not the name of a swap file", f.Name)
	}
	in, err := vfs.Open(r.opts.FS, r.swapPath(f.Name))
	if err != nil {
		return fmt.Errorf("swap FlowFiles in: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	b, err := newBlockReader(in, swapMagic)
	if err != nil {
		return err
	}
	if b.number != number {
		return b.corrupt("its name is that of another swap file")
	}
	count, err := b.eachFlowFile(mem, cut, fn)
	if err == nil && count != f.Count {
		return b.corrupt(fmt.Sprintf("it holds %d FlowFiles instead of %d", count, f.Count))
	}
	return err
}

func (b *blockReader) eachFlowFile(mem *Arena, cut func() *FlowFile, fn func(*FlowFile)) (count int, err error) {
	names := newNames()
	for {
		kind, d, err := b.next()
		if err != nil {
			return count, err
		}
		switch kind {
		case blockUsedNames:
			names.readUsed(&d)
		case blockFlowFiles:
			d.number() // the queue is known
			for len(d.b) > 0 {
				ff := cut()
				if d.flowFile(ff, names, mem); d.err == nil {
					fn(ff)
					count++
				}
			}
		case blockEnd:
			if total := d.uvarint(); d.err != nil || total != uint64(count) {
				return count, b.corrupt("its totals are wrong")
			}
			return count, b.finish()
		default:
			d.fail()
		}
		if d.err != nil {
			return count, b.corrupt("a block is malformed")
		}
	}
}

// RemoveSwap lets the repository delete a swap file whose FlowFiles are not in it any more, or for which SwapOut
// was never committed. It does so once no kept snapshot needs the file, so calling it twice, or for a file that a
// committed SwapIn or SwapDrop has named already, does no harm.
func (r *Repository) RemoveSwap(f SwapFile) { r.swapGone(f.Name, r.log.End()) }

// swapGone notes that a file is superfluous from a position of the log on.
func (r *Repository) swapGone(name string, pos wal.Position) {
	r.goneMu.Lock()
	defer r.goneMu.Unlock()
	r.gone[name] = max(r.gone[name], pos)
}

// dropSwaps deletes the files that were superfluous at the oldest snapshot already.
func (r *Repository) dropSwaps(floor wal.Position) error {
	r.goneMu.Lock()
	var names []string
	for name, pos := range r.gone {
		if pos <= floor {
			names = append(names, name)
		}
	}
	r.goneMu.Unlock()
	slices.Sort(names)
	for _, name := range names {
		if err := r.opts.FS.Remove(r.swapPath(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a swap file: %w", err)
		}
		r.goneMu.Lock()
		delete(r.gone, name)
		r.goneMu.Unlock()
	}
	return nil
}
