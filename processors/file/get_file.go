package file

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// GetFile takes files out of a folder.
var GetFile = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.GetFile",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return &getFile{pending: map[string]time.Time{}} },
}

type getFile struct {
	dir     string
	filter  filter
	batch   int
	keep    bool
	every   time.Duration
	success sdk.Relationship

	mu      sync.Mutex // guards what follows
	queue   []found    // of the last listing, not yet taken
	listed  time.Time
	listing bool
	pending map[string]time.Time // files that were taken and are not yet deleted, and since when
}

func (p *getFile) Describe(s *sdk.Spec) {
	s.About("Makes FlowFiles from the files in a folder and deletes the files.",
		"local", "files", "filesystem", "ingest", "ingress", "get", "source", "input")
	s.Details("A file is deleted once its FlowFile is durable. After a crash in between it is read again: nothing is lost, and a " +
		"few files may come twice. To list files on one node and read them on several, use ListFile and FetchFile.")
	s.InputForbidden()
	s.TriggerWhenEmpty()
	s.Restricted(readRestriction, "Reads any file that Braid may read.")
	s.Restricted(writeRestriction, "Deletes any file that Braid may delete.")
	s.String(&p.dir, "Input Directory", "The folder to take files from.", sdk.Required, sdk.FromEnv)
	p.filter.describeNames(s)
	s.Int(&p.batch, "Batch Size", "How many files are taken at once at most.", sdk.Required, sdk.Default("10"))
	s.Bool(&p.keep, "Keep Source File", "If true, files are not deleted, and each listing makes FlowFiles of all of them again: "+
		"for tests.", sdk.Required, sdk.Default("false"))
	p.filter.describeRecurse(s)
	s.Duration(&p.every, "Polling Interval", "How long to wait between two listings of the folder.", sdk.Required, sdk.Default("30 sec"))
	p.filter.describeHidden(s)
	p.filter.describeLimits(s)
	describeAttributes(s)
	s.Rel(&p.success, "success", "All files.")
}

func (p *getFile) Validate() []error {
	if p.batch < 1 {
		return []error{sdk.Problem{Property: "Batch Size", Value: "0", Reason: "it must be at least 1"}}
	}
	return nil
}

func (p *getFile) Start(context.Context, *sdk.Host) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue, p.listed = nil, time.Time{}
	return nil
}

func (p *getFile) Trigger(ctx context.Context, s *sdk.Session) error {
	if err := p.list(ctx, s); err != nil {
		return err
	}
	files := p.take(s.Now())
	if len(files) == 0 {
		s.Yield()
		return nil
	}
	taken := make([]string, 0, len(files))
	attrs := make([]sdk.Attr, 0, 12)
	for _, f := range files {
		path := f.path()
		if p.read(s, f, path, attrs) {
			taken = append(taken, path)
		}
	}
	log := s.Log()
	s.AfterCommit(func() { p.done(log, taken) })
	return nil
}

// enough files in the queue make a new listing wait, as in NiFi.
const enough = 100

// list reads the folder if it is time to.
func (p *getFile) list(ctx context.Context, s *sdk.Session) error {
	now := s.Now()
	p.mu.Lock()
	due := !p.listing && len(p.queue) < enough && (p.listed.IsZero() || now.Sub(p.listed) >= p.every)
	if due {
		p.listing = true
	}
	p.mu.Unlock()
	if !due {
		return nil
	}
	c := scan{filter: &p.filter, log: s.Log(), now: s.Now}
	if !p.keep {
		c.usable = func(dir string) bool { return p.deletable(s, dir) }
	}
	files, err := c.run(ctx, p.dir)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listing, p.listed = false, now
	if err != nil {
		return err
	}
	p.queue = p.fresh(files, now)
	return nil
}

// deletable keeps files from being read for ever from a folder in which they cannot be deleted.
func (p *getFile) deletable(s *sdk.Session, dir string) bool {
	if writable(dir) {
		return true
	}
	s.Log().Warn("files are left alone: they could not be deleted, make the folder writable or keep source files", "folder", dir)
	return false
}

// giveUp is how long a file that was taken may stay: if its session was rolled back it has to be read again.
const giveUp = time.Minute

// fresh returns the files that have not been taken yet. p.mu is held.
func (p *getFile) fresh(files []found, now time.Time) []found {
	if len(p.pending) == 0 {
		return files
	}
	out := files[:0]
	for _, f := range files {
		since, taken := p.pending[f.path()]
		if !taken || now.Sub(since) > giveUp {
			out = append(out, f)
		}
	}
	return out
}

func (p *getFile) take(now time.Time) []found {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(p.batch, len(p.queue))
	files := p.queue[:n:n]
	p.queue = p.queue[n:]
	if !p.keep {
		for _, f := range files {
			p.pending[f.path()] = now
		}
	}
	return files
}

// read makes a FlowFile of one file; false if there is none to be made. attrs is an empty buffer.
func (p *getFile) read(s *sdk.Session, f found, path string, attrs []sdk.Attr) bool {
	begin := s.Now()
	ff := s.Create()
	out, err := s.Write(ff, func(w io.Writer) error { return readInto(w, path) })
	if err != nil {
		s.Remove(ff)
		p.forget(path)
		if !os.IsNotExist(err) { // else another process has taken it
			s.Log().Error("file left alone: it cannot be read", "file", path, "error", err)
		}
		return false
	}
	attrs = append(attrs,
		sdk.Attr{Name: sdk.AttrFilename, Value: f.info.Name()},
		sdk.Attr{Name: sdk.AttrPath, Value: f.in.rel + "/"},
		sdk.Attr{Name: sdk.AttrAbsolutePath, Value: withSlash(f.in.path)},
		sdk.Attr{Name: attrModified, Value: f.info.ModTime().Format(timeLayout)})
	out = s.PutAttrs(out, appendFacts(attrs, f.info)...)
	s.Received(out, uri(path), s.Now().Sub(begin))
	s.Transfer(out, p.success)
	return true
}

// done deletes files whose FlowFiles are durable.
func (p *getFile) done(log *slog.Logger, paths []string) {
	if p.keep {
		return
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			log.Error("file will be read again: it cannot be deleted", "file", path, "error", err)
		}
	}
	p.forget(paths...)
}

func (p *getFile) forget(paths ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, path := range paths {
		delete(p.pending, path)
	}
}
