package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// PutFile writes contents to files.
var PutFile = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.PutFile",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(putFile) },
}

type putConflict string

const (
	conflictReplace putConflict = "replace"
	conflictIgnore  putConflict = "ignore"
	conflictFail    putConflict = "fail"
)

type putFile struct {
	dir                                 sdk.Text
	conflict                            putConflict
	mkdirs                              bool
	modified, permissions, owner, group sdk.Text
	success, failure                    sdk.Relationship

	limit int
	busy  sync.Map // paths being written by another task
}

func (p *putFile) Describe(s *sdk.Spec) {
	s.About("Writes the contents of FlowFiles to files.", "put", "local", "copy", "archive", "files", "filesystem")
	s.Details("A file is written under its name with a dot in front and then renamed, so that others only see whole files.")
	s.InputRequired()
	s.Batching(0)
	s.Restricted(writeRestriction, "Writes to any file that Braid may write.")
	s.Text(&p.dir, "Directory", "The folder for the files, such as /data/${path}.", sdk.Required, sdk.PerFlowFile)
	sdk.Choice(s, &p.conflict, "Conflict Resolution Strategy", "What to do if there is a file of that name: replace it, ignore the "+
		"FlowFile and go on to success, or fail.",
		[]putConflict{conflictReplace, conflictIgnore, conflictFail}, sdk.Required, sdk.Default(string(conflictFail)))
	s.Bool(&p.mkdirs, "Create Missing Directories", "Whether folders that do not exist are made; if not, the FlowFile goes to failure.",
		sdk.Required, sdk.Default("true"))
	sdk.Parsed(s, &p.limit, parseCount, "Maximum File Count", "How many files the folder may hold; FlowFiles that would be more go to failure.")
	s.Text(&p.modified, "Last Modified Time", "The modification time of the file, as 2026-01-31T13:00:00+0000; "+
		"for example ${file.lastModifiedTime}.", sdk.PerFlowFile)
	s.Text(&p.permissions, "Permissions", "The permissions of the file, as rw-r----- or as an octal number such as 640.", sdk.PerFlowFile)
	s.Text(&p.owner, "Owner", "The owner of the file. On most systems only the superuser may give files away.", sdk.PerFlowFile)
	s.Text(&p.group, "Group", "The group of the file.", sdk.PerFlowFile)
	s.ReadsAttr(sdk.AttrFilename, "The name of the file")
	s.Rel(&p.success, "success", "FlowFiles that were written.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be written.")
}

func (p *putFile) Validate() []error {
	if raw := p.permissions.Raw(); raw != "" && !strings.Contains(raw, "${") {
		if _, err := parsePermissions(raw); err != nil {
			return []error{sdk.Problem{Property: "Permissions", Value: raw, Reason: err.Error()}}
		}
	}
	return nil
}

func (p *putFile) Trigger(_ context.Context, s *sdk.Session) error {
	counts := folderCounts{}
	for _, ff := range s.GetBatch(batch) {
		p.put(s, ff, counts)
	}
	return nil
}

// errSkipped says that there is a file already and that it shall stay.
var errSkipped = errors.New("skipped")

func (p *putFile) put(s *sdk.Session, ff sdk.FlowFile, counts folderCounts) {
	begin := s.Now()
	t, err := p.target(ff)
	if err == nil {
		if _, other := p.busy.LoadOrStore(t.path, true); other {
			s.TransferBack(ff) // another task is at it
			return
		}
		err = p.write(s, ff, t, counts)
		p.busy.Delete(t.path)
	}
	switch {
	case err == nil:
		s.Sent(ff, uri(t.path), s.Now().Sub(begin))
		s.Transfer(ff, p.success)
	case errors.Is(err, errSkipped):
		s.Transfer(ff, p.success)
	default:
		_ = s.Fail(s.Penalize(ff), p.failure, err)
	}
}

// target is where and how one FlowFile is to be written.
type target struct {
	dir, path, temp string
	modified        time.Time   // zero: now
	permissions     fs.FileMode // 0: the system's default
	owner, group    string
}

func (p *putFile) target(ff sdk.FlowFile) (t target, err error) {
	if t.dir, err = p.dir.For(ff); err != nil {
		return t, fmt.Errorf("evaluate Directory: %w", err)
	}
	if t.dir, err = filepath.Abs(t.dir); err != nil {
		return t, err
	}
	name := ff.Attr(sdk.AttrFilename)
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || filepath.Base(name) != name {
		return t, fmt.Errorf("%q cannot be the name of a file: set the attribute filename to a plain name", name)
	}
	t.path, t.temp = filepath.Join(t.dir, name), filepath.Join(t.dir, "."+name)
	if text, err := p.modified.For(ff); err != nil {
		return t, fmt.Errorf("evaluate Last Modified Time: %w", err)
	} else if text != "" {
		if t.modified, err = time.Parse(timeLayout, text); err != nil {
			return t, fmt.Errorf("the Last Modified Time %q is not of the form 2026-01-31T13:00:00+0000", text)
		}
	}
	if text, err := p.permissions.For(ff); err != nil {
		return t, fmt.Errorf("evaluate Permissions: %w", err)
	} else if text != "" {
		if t.permissions, err = parsePermissions(text); err != nil {
			return t, err
		}
	}
	if t.owner, err = p.owner.For(ff); err != nil {
		return t, fmt.Errorf("evaluate Owner: %w", err)
	}
	if t.group, err = p.group.For(ff); err != nil {
		return t, fmt.Errorf("evaluate Group: %w", err)
	}
	return t, nil
}

func (p *putFile) write(s *sdk.Session, ff sdk.FlowFile, t target, counts folderCounts) error {
	if p.limit > 0 {
		if err := counts.room(t, p.limit); err != nil {
			return err
		}
	}
	if p.conflict != conflictReplace {
		switch _, err := os.Lstat(t.path); {
		case err == nil && p.conflict == conflictIgnore:
			return errSkipped
		case err == nil:
			return fmt.Errorf("there is a file %s already", t.path)
		case !os.IsNotExist(err):
			return err
		}
	}
	f, err := p.create(s, t)
	if err != nil {
		return err
	}
	if err = p.fill(s, ff, f); err == nil {
		p.adjust(s, t)
		err = os.Rename(t.temp, t.path)
	}
	if err != nil {
		_ = os.Remove(t.temp) // the first error is the one to tell
	}
	return err
}

// create opens the temporary file. Folders are only looked at if that does not work, which is rare.
func (p *putFile) create(s *sdk.Session, t target) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	f, err := os.OpenFile(t.temp, flags, 0o666)
	if !os.IsNotExist(err) {
		return f, err
	}
	if !p.mkdirs {
		return nil, fmt.Errorf("the folder %s does not exist: make it or set Create Missing Directories", t.dir)
	}
	if err := p.makeFolders(s, t); err != nil {
		return nil, err
	}
	return os.OpenFile(t.temp, flags, 0o666)
}

func (p *putFile) fill(s *sdk.Session, ff sdk.FlowFile, f *os.File) error {
	r, err := s.Read(ff)
	if err == nil {
		err = copyAll(f, r)
		if cerr := r.Close(); err == nil {
			err = cerr
		}
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func parseCount(text string) (int, error) {
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number of at least 1", text)
	}
	return n, nil
}
