package flowfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidflow/braid/internal/repo/wal"
)

// Recovered is the state as of the last commit that survived.
type Recovered struct {
	Position wal.Position
	Queues   map[uint32][]*FlowFile // by queue, in the order of Queued and ID; the slices belong to the caller
	Swaps    map[uint32][]SwapFile  // by queue, oldest first
	Meta     []Meta                 // of the snapshot, then of the commits after it, in order
	Cut      int64                  // bytes of a torn end of the log that were cut off; nobody was promised them
	// Damaged says what was left out (only with Options.Salvage), Quarantined which files were put aside.
	Damaged     []error
	Quarantined []string
}

// recovery rebuilds the state. Each record is applied as a whole; applying is deterministic, so that a recovery that
// is itself cut short can be repeated.
type recovery struct {
	recoveryMemory
	repo    *Repository
	names   *names
	live    liveSet
	swaps   map[string]SwapFile
	meta    []Meta
	nextID  uint64
	at      wal.Position // of the snapshot
	missing int          // changes of FlowFiles that salvaging did not find
	result  *Recovered
}

func newRecovery(r *Repository, result *Recovered) *recovery {
	rec := &recovery{repo: r, swaps: map[string]SwapFile{}, nextID: 1, result: result}
	rec.forgetNames()
	return rec
}

// recover reads the newest snapshot that is whole and the log after it.
func (r *Repository) recover() (*Recovered, error) {
	result := &Recovered{}
	rec, err := r.newestSnapshot(result)
	if err != nil {
		return nil, err
	}
	from := rec.at
	if r.opts.Events != nil && r.opts.RetainFrom != nil {
		from = min(from, max(r.opts.RetainFrom(), r.log.First()))
	}
	r.log.Reserve(rec.at)
	if err := r.log.Replay(from, rec.record); err != nil {
		return nil, err
	}
	stats := r.log.Recovery()
	for _, d := range stats.Damaged {
		result.Damaged = append(result.Damaged, d)
	}
	if rec.missing > 0 {
		result.Damaged = append(result.Damaged, fmt.Errorf("%d changes of FlowFiles that were not found", rec.missing))
	}
	result.Quarantined = append(result.Quarantined, stats.Quarantined...)
	result.Cut, result.Position = stats.Cut, r.log.End()
	if err := rec.findOrphans(); err != nil {
		return nil, err
	}
	r.next.Store(rec.nextID)
	r.last.Store(uint64(r.old))
	r.fed.Store(uint64(r.log.End()))
	result.Meta = rec.meta
	result.Swaps = rec.swapsByQueue()
	result.Queues = rec.live.queues()
	return result, nil
}

// newestSnapshot loads the newest snapshot. A damaged one is put aside in favor of the one before, from where the
// log still has everything.
func (r *Repository) newestSnapshot(result *Recovered) (*recovery, error) {
	snaps, err := r.snapshots()
	if err != nil {
		return nil, err
	}
	var bad []wal.Position
	for _, at := range slices.Backward(snaps) {
		rec := newRecovery(r, result)
		rec.at = at
		err := rec.readSnapshot(r.path(snapshotName(at)), at)
		if err == nil {
			return rec, r.putAside(bad, result)
		}
		if _, ok := errors.AsType[*CorruptError](err); !ok {
			return nil, err
		}
		bad = append(bad, at)
		r.opts.Log.Warn("a snapshot is damaged", "error", err)
		// Only before the second snapshot is the log alone enough.
		if at == snaps[0] && (len(snaps) >= keepSnapshots || r.log.First() > 0) {
			if !r.opts.Salvage {
				return nil, err
			}
			result.Damaged = append(result.Damaged, err)
		}
	}
	return newRecovery(r, result), r.putAside(bad, result)
}

// putAside quarantines damaged snapshots, once it is known how to go on without them.
func (r *Repository) putAside(bad []wal.Position, result *Recovered) error {
	for _, at := range bad {
		to, err := r.quarantine(snapshotName(at))
		if err != nil {
			return err
		}
		result.Quarantined = append(result.Quarantined, to)
	}
	return nil
}

// quarantine puts a file aside under a name that no recovery looks at.
func (r *Repository) quarantine(name string) (string, error) {
	to := r.path(name + ".damaged")
	err := r.opts.FS.Rename(r.path(name), to)
	if err == nil {
		err = r.opts.FS.SyncDir(filepath.Dir(to))
	}
	if err != nil {
		return "", fmt.Errorf("put %s aside: %w", name, err)
	}
	return to, nil
}

func (rec *recovery) forgetNames() {
	rec.names = newNames()
	rec.names.salvage = rec.repo.opts.Salvage
}

// replayed passes on events of an earlier process, whose numbers may mean other names than this one's.
func (rec *recovery) replayed(end wal.Position, blob []byte) error {
	o := &rec.repo.opts
	if o.Events == nil {
		return nil
	}
	rec.repo.old = end
	switch {
	case rec.names.same || o.Replayed == nil:
		return o.Events(end, blob)
	default:
		return o.Replayed(end, blob, rec.names.frozen())
	}
}

// record applies one record of the log.
func (rec *recovery) record(end wal.Position, b []byte) error {
	entries, err := splitRecord(b, func(blob []byte) error {
		return rec.replayed(end, blob)
	})
	if err == nil && end > rec.at {
		err = rec.entries(end, entries)
	}
	if err != nil {
		return fmt.Errorf("replay the commit at %d of the log: %w", end, err)
	}
	return nil
}

func (rec *recovery) entries(end wal.Position, b []byte) error {
	d := &decoder{b: b}
	for len(d.b) > 0 {
		var err error
		switch d.byte() {
		case entryNewNames:
			rec.forgetNames()
			rec.names.read(d)
		case entryNames:
			rec.names.read(d)
		case entryCreate:
			rec.create(d)
		case entryUpdate:
			err = rec.update(d)
		case entryMove:
			err = rec.move(d)
		case entryDelete:
			rec.live.remove(d.getID())
		case entrySwapOut:
			rec.swapOutEntry(d)
		case entrySwapIn:
			err = rec.swapIn(string(d.bytes()), end)
		case entrySwapDrop:
			rec.swapGone(string(d.bytes()), end)
		case entryMeta:
			rec.meta = append(rec.meta, Meta{Pos: end, Kind: d.byte(), Blob: bytes.Clone(d.bytes())})
		default:
			d.fail()
		}
		if err = cmp.Or(d.err, err); err != nil {
			return err
		}
	}
	return nil
}

// create allocates each FlowFile by itself: most that the log brings are gone at its end, and must not be kept in
// memory by a neighbor.
func (rec *recovery) create(d *decoder) {
	queue := rec.names.queue(d.number())
	ff := new(FlowFile)
	d.flowFile(ff, rec.names, nil)
	if queue == 0 {
		d.fail()
	}
	if d.err == nil {
		rec.live.put(ff, queue)
		rec.nextID = max(rec.nextID, ff.ID+1)
	}
}

// update changes the FlowFile in place: nobody else has it yet.
func (rec *recovery) update(d *decoder) error {
	queue := rec.names.queue(d.number())
	flags := d.byte()
	if queue == 0 || flags >= replacesAttrs<<1 {
		d.fail()
	}
	e := rec.live.get(d.getID())
	var none liveEntry
	if e == nil {
		e, none.ff = &none, new(FlowFile)
	}
	ff := e.ff
	ff.Queued = d.getQueued()
	if flags&changesTimes != 0 {
		ff.Entry = ff.Queued - d.varint()
		ff.Lineage = ff.Entry - d.varint()
	}
	if flags&changesPenalty != 0 {
		ff.Penalty = d.varint()
	}
	if flags&changesClaim != 0 {
		ff.Claim = d.claim()
	}
	switch {
	case flags&replacesAttrs != 0:
		ff.Attrs = d.attrs(d.bytes(), rec.names, nil)
	case flags&changesAttrs != 0:
		ff.Attrs = rec.patch(ff.Attrs, d, e == &none)
	}
	e.queue = queue
	if e == &none {
		return rec.notFound()
	}
	return nil
}

// patch undoes diffAttrs. If the attributes are lost, only the new ones are left.
func (rec *recovery) patch(old Attrs, d *decoder, lost bool) Attrs {
	b := make([]byte, 0, len(old))
	at, drop := uint64(0), uint64(0)
	for range d.count() {
		drop += d.uvarint()
		for ; at <= drop && len(old) > 0; at++ {
			_, _, _, rest := old.next()
			if at < drop {
				b = append(b, old[:len(old)-len(rest)]...)
			}
			old = rest
		}
		if at <= drop && !lost {
			d.fail()
		}
	}
	b = append(b, old...)
	tail := d.attrs(d.bytes(), rec.names, nil)
	return (*Arena)(nil).end(append(b, tail...))
}

func (rec *recovery) move(d *decoder) error {
	queue := rec.names.queue(d.number())
	if queue == 0 {
		d.fail()
	}
	e := rec.live.get(d.getID())
	queued, penalty := d.getQueued(), d.varint()
	if d.err != nil {
		return d.err
	}
	if e == nil {
		return rec.notFound()
	}
	e.queue, e.ff.Queued, e.ff.Penalty = queue, queued, penalty
	return nil
}

// notFound is the answer to a change of a FlowFile that is not there. After a gap in the log that is to be expected.
func (rec *recovery) notFound() error {
	if !rec.repo.opts.Salvage {
		return errors.New("it changes a FlowFile that does not exist; " + salvageHint)
	}
	rec.missing++
	return nil
}

func (rec *recovery) swapOutEntry(d *decoder) {
	f := d.swapFile(rec.names)
	for range d.count() {
		rec.live.remove(d.getID())
	}
	if d.err == nil {
		rec.swapOut(f)
	}
}

func (rec *recovery) swapOut(f SwapFile) {
	rec.swaps[f.Name] = f
	number, _ := swapNumber(f.Name)
	rec.nextID = max(rec.nextID, f.MaxID+1, number+1)
}

func (rec *recovery) swapIn(name string, end wal.Position) error {
	f, ok := rec.swaps[name]
	if !ok {
		return rec.notFound()
	}
	err := rec.repo.eachSwapped(f, nil, func() *FlowFile { return new(FlowFile) }, func(ff *FlowFile) {
		rec.live.put(ff, f.Queue)
	})
	if err != nil && rec.repo.opts.Salvage {
		rec.result.Damaged = append(rec.result.Damaged, err)
		delete(rec.swaps, name) // the file stays where it is
		return nil
	}
	if err == nil {
		rec.swapGone(name, end)
	}
	return err
}

func (rec *recovery) swapGone(name string, end wal.Position) {
	delete(rec.swaps, name)
	rec.repo.swapGone(name, end)
}

func (rec *recovery) swapsByQueue() map[uint32][]SwapFile {
	swaps := map[uint32][]SwapFile{}
	for _, f := range rec.swaps {
		swaps[f.Queue] = append(swaps[f.Queue], f)
	}
	for _, fs := range swaps {
		slices.SortFunc(fs, func(a, b SwapFile) int { return strings.Compare(a.Name, b.Name) })
	}
	return swaps
}

// findOrphans notes the swap files that the state does not name, to be deleted once no kept snapshot can need them.
// After salvaging they stay: the only record that names one may be what was lost. No number of a file that is there
// is given out again, whether a commit that names it survived or not.
func (rec *recovery) findOrphans() error {
	entries, err := rec.repo.opts.FS.ReadDir(rec.repo.path(swapDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list the swap files: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		number, ok := swapNumber(name)
		if ok {
			rec.nextID = max(rec.nextID, number+1)
		}
		_, used := rec.swaps[name]
		if !used && !rec.repo.opts.Salvage && (ok || strings.HasSuffix(name, ".partial")) {
			rec.repo.swapGone(name, rec.repo.log.End())
		}
	}
	return nil
}

// log says in one line what was found.
func (res *Recovered) log(l *slog.Logger) {
	count := 0
	for _, q := range res.Queues {
		count += len(q)
	}
	l.Info("FlowFiles recovered", "flowfiles", count, "queues", len(res.Queues), "position", uint64(res.Position), "cut_bytes", res.Cut)
}
