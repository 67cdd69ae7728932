package file

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is one that was read; its files share it.
type folder struct {
	path string // absolute
	rel  string // below the Input Directory, "" for itself
}

// found is one file of a listing.
type found struct {
	in   *folder
	info fs.FileInfo
}

// millis is the modification time in milliseconds, which is what listings are compared by.
func (f found) millis() int64 { return f.info.ModTime().UnixMilli() }

func (f found) path() string { return filepath.Join(f.in.path, f.info.Name()) }

// scan reads a folder, and those in it if the filter says so. What cannot be read is logged and left out, but for the
// root, which is an error.
type scan struct {
	filter *filter
	log    *slog.Logger
	now    func() time.Time
	slow   time.Duration          // listing one folder longer than this is worth a warning; 0: never
	slowOp time.Duration          // so is asking the disk once
	usable func(path string) bool // nil: every folder is

	started time.Time
	files   []found
}

func (c *scan) run(ctx context.Context, root string) ([]found, error) {
	c.started = c.now()
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("list the Input Directory: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("list the Input Directory: %s is not a folder", abs)
	}
	if err := c.dir(ctx, &folder{path: abs}, []fs.FileInfo{info}); err != nil {
		return nil, fmt.Errorf("list the Input Directory: %w", err)
	}
	return c.files, nil
}

// dir reads one folder. above holds it and all that it lies in, to notice links that lead back up.
func (c *scan) dir(ctx context.Context, d *folder, above []fs.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	begin := c.now()
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	c.warn("asking the disk took long", d, begin, c.slowOp)
	wanted := c.filter.acceptsDir(d.rel) && (c.usable == nil || c.usable(d.path))
	var below []fs.FileInfo
	for _, e := range entries {
		info, isDir := c.entry(d, e, wanted)
		switch {
		case info == nil:
		case isDir:
			below = append(below, info)
		case c.filter.accepts(info, c.started):
			c.files = append(c.files, found{d, info})
		}
	}
	c.warn("listing a folder took long", d, begin, c.slow)
	for _, info := range below {
		c.below(ctx, d, info, above)
	}
	return nil
}

func (c *scan) warn(what string, d *folder, begin time.Time, limit time.Duration) {
	if took := c.now().Sub(begin); limit > 0 && took > limit {
		c.log.Warn(what, "folder", d.path, "took", took) //nolint:sloglint // a constant of the caller
	}
}

// entry asks the disk about one entry, if it can be of interest; nil if it is not. Links are followed.
func (c *scan) entry(d *folder, e fs.DirEntry, wanted bool) (info fs.FileInfo, isDir bool) {
	link := e.Type()&fs.ModeSymlink != 0
	if (e.IsDir() && !c.filter.recurse) || (!e.IsDir() && !link && !(wanted && c.filter.acceptsName(e.Name()))) {
		return nil, false
	}
	var err error
	if link {
		info, err = os.Stat(filepath.Join(d.path, e.Name()))
	} else {
		info, err = e.Info()
	}
	switch {
	case err != nil: // it has gone, or the link leads nowhere
		return nil, false
	case info.IsDir():
		return named{info, e.Name()}, true
	case !info.Mode().IsRegular() || !wanted || !c.filter.acceptsName(e.Name()):
		return nil, false
	}
	return named{info, e.Name()}, false
}

// named is what a link leads to, under the name of the link.
type named struct {
	fs.FileInfo
	name string
}

func (n named) Name() string { return n.name }

func (c *scan) below(ctx context.Context, d *folder, info fs.FileInfo, above []fs.FileInfo) {
	inner := info.(named).FileInfo
	if !c.filter.recurse {
		return
	}
	for _, a := range above {
		if os.SameFile(a, inner) {
			return
		}
	}
	rel := info.Name()
	if d.rel != "" {
		rel = d.rel + string(filepath.Separator) + rel
	}
	sub := &folder{path: filepath.Join(d.path, info.Name()), rel: rel}
	if err := c.dir(ctx, sub, append(slices.Clip(above), inner)); err != nil && ctx.Err() == nil {
		c.log.Warn("a folder is left out of the listing", "folder", sub.path, "error", err)
	}
}

// withSlash is how attributes show folders.
func withSlash(path string) string {
	if strings.HasSuffix(path, string(filepath.Separator)) {
		return path
	}
	return path + string(filepath.Separator)
}
