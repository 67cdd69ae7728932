package file

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/braidflow/braid/sdk"
)

// FetchFile reads files that other processors have listed.
var FetchFile = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.FetchFile",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(fetchFile) },
}

type completion string

const (
	completionNone   completion = "None"
	completionMove   completion = "Move File"
	completionDelete completion = "Delete File"
)

type fetchFile struct {
	file                               sdk.Text
	completion                         completion
	moveTo                             sdk.Text
	conflict                           moveConflict
	notFoundLevel, deniedLevel         slog.Level
	success, notFound, denied, failure sdk.Relationship
}

func (p *fetchFile) Describe(s *sdk.Spec) {
	s.About("Replaces the contents of FlowFiles by those of files, and deletes or moves the files if asked.",
		"local", "files", "filesystem", "ingest", "ingress", "get", "source", "input", "fetch")
	s.Details("Files are deleted or moved once their FlowFiles are durable. If that does not work, there is a bulletin, and the " +
		"FlowFile goes on to success all the same.")
	s.InputRequired()
	s.Restricted(readRestriction, "Reads any file that Braid may read.")
	s.Restricted(writeRestriction, "Deletes or moves any file that Braid may delete.")
	s.Text(&p.file, "File to Fetch", "The path of the file.", sdk.Required, sdk.Default("${absolute.path}/${filename}"), sdk.PerFlowFile)
	sdk.Choice(s, &p.completion, "Completion Strategy", "What to do with the file afterwards.",
		[]completion{completionNone, completionMove, completionDelete}, sdk.Required, sdk.Default(string(completionNone)),
		sdk.OneOf(
			sdk.Allowed{Value: string(completionNone), Doc: "The file stays as it is."},
			sdk.Allowed{Value: string(completionMove), Doc: "The file is moved to the Move Destination Directory."},
			sdk.Allowed{Value: string(completionDelete), Doc: "The file is deleted."}))
	s.Text(&p.moveTo, "Move Destination Directory", "The folder to which the file is moved if the Completion Strategy says so. It is "+
		"made if need be.", sdk.PerFlowFile)
	sdk.Choice(s, &p.conflict, "Move Conflict Strategy", "What to do if that folder has a file of the same name.", nil,
		sdk.Required, sdk.Default(string(moveRename)), sdk.OneOf(
			sdk.Allowed{Value: string(moveRename), Doc: "The moved file gets a unique name."},
			sdk.Allowed{Value: string(moveReplace), Doc: "The file there is replaced."},
			sdk.Allowed{Value: string(moveKeep), Doc: "The file there stays, and the one that was fetched is deleted."},
			sdk.Allowed{Value: string(moveFail), Doc: "The FlowFile goes to failure, and the file is neither fetched nor moved."}))
	sdk.Parsed(s, &p.notFoundLevel, parseLevel, "File not Found Log Level", "The level at which missing files are logged.",
		sdk.Required, sdk.Default("ERROR"), levels())
	sdk.Parsed(s, &p.deniedLevel, parseLevel, "Permission Denied Log Level", "The level at which it is logged that files must not be read.",
		sdk.Required, sdk.Default("ERROR"), levels())
	s.Rel(&p.success, "success", "FlowFiles with the contents of their files.")
	s.Rel(&p.notFound, "not.found", "FlowFiles whose files do not exist.")
	s.Rel(&p.denied, "permission.denied", "FlowFiles whose files Braid may not read.")
	s.Rel(&p.failure, "failure", "FlowFiles whose files could not be read for another reason.")
}

func (p *fetchFile) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "Log level when file not found", "File not Found Log Level")
	sdk.Rename(values, "Log level when permission denied", "Permission Denied Log Level")
}

func (p *fetchFile) Validate() []error {
	if p.completion == completionMove && !p.moveTo.IsSet() {
		return []error{sdk.Problem{Property: "Move Destination Directory", Reason: "it must be set if files are to be moved"}}
	}
	return nil
}

// silent is above all levels.
const silent = slog.Level(math.MaxInt32)

var levelNames = []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"}

func levels() sdk.Option {
	var allowed []sdk.Allowed
	for _, n := range levelNames {
		allowed = append(allowed, sdk.Allowed{Value: n})
	}
	return sdk.OneOf(allowed...)
}

func parseLevel(name string) (slog.Level, error) {
	switch name {
	case "TRACE":
		return slog.LevelDebug - 4, nil
	case "FATAL":
		return slog.LevelError, nil
	case "NONE":
		return silent, nil
	}
	var l slog.Level
	return l, l.UnmarshalText([]byte(name))
}

// enoughBytes ends a batch, so that large files are passed on as they come.
const enoughBytes = 16 << 20

func (p *fetchFile) Trigger(ctx context.Context, s *sdk.Session) error {
	var read int64
	for n := 0; n < batch && read < enoughBytes; n++ {
		ff, ok := s.Get()
		if !ok {
			break
		}
		read += p.fetch(ctx, s, ff)
	}
	return nil
}

// fetch works on one FlowFile and returns how many bytes it read.
func (p *fetchFile) fetch(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) int64 {
	begin := s.Now()
	path, after, err := p.plan(ff)
	if err != nil {
		_ = s.Fail(s.Penalize(ff), p.failure, err)
		return 0
	}
	out, err := s.Write(ff, func(w io.Writer) error { return readInto(w, path) })
	if err != nil {
		p.fail(ctx, s, ff, path, err)
		return 0
	}
	s.Fetched(out, uri(path), s.Now().Sub(begin))
	s.Transfer(out, p.success)
	if after != nil {
		log := s.Log()
		s.AfterCommit(func() {
			if err := after(); err != nil {
				log.Warn("file was fetched but stays where it is", "file", path, "error", err)
			}
		})
	}
	return out.Size()
}

// plan finds out which file to read and what to do with it afterwards (nil: nothing).
func (p *fetchFile) plan(ff sdk.FlowFile) (path string, after func() error, err error) {
	if path, err = p.file.For(ff); err != nil {
		return "", nil, fmt.Errorf("evaluate File to Fetch: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil || p.completion == completionNone {
		return path, nil, err
	}
	if p.completion == completionDelete {
		return path, func() error { return os.Remove(path) }, nil
	}
	dir, err := p.moveTo.For(ff)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("evaluate Move Destination Directory: %w", err)
	case strings.TrimSpace(dir) == "":
		return "", nil, fmt.Errorf("the Move Destination Directory of %s is empty", path)
	}
	m := move{from: path, to: filepath.Join(dir, filepath.Base(path)), conflict: p.conflict}
	return path, m.run, m.possible()
}

// fail routes a FlowFile whose file could not be read.
func (p *fetchFile) fail(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, path string, err error) {
	rel, level := p.failure, slog.LevelError
	switch {
	case os.IsNotExist(err):
		rel, level = p.notFound, p.notFoundLevel
	case os.IsPermission(err):
		rel, level = p.denied, p.deniedLevel
	}
	if level != silent {
		s.Log().Log(ctx, level, "FlowFile routed to "+rel.Name, "flowfile", ff.UUID(), "file", path, "error", err) //nolint:sloglint // one of four names
	}
	ff = s.Penalize(ff)
	if rel.Name != p.failure.Name {
		s.Routed(ff, rel, "")
	}
	s.Transfer(ff, rel)
}
