package file

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/braidflow/braid/sdk"
)

// folderCounts knows how many files lie in folders, so that a Trigger counts each folder once.
type folderCounts map[string]map[string]bool

// room tells whether one more file may be put into a folder.
func (c folderCounts) room(t target, limit int) error {
	have, ok := c[t.dir]
	if !ok {
		have = map[string]bool{}
		entries, err := os.ReadDir(t.dir)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		for _, e := range entries {
			have[e.Name()] = true
		}
		c[t.dir] = have
	}
	name := filepath.Base(t.path)
	others := len(have)
	if have[name] {
		others--
	}
	if others >= limit {
		return fmt.Errorf("the folder %s holds %d files, and no more than %d are allowed", t.dir, others, limit)
	}
	have[name] = true
	return nil
}

// makeFolders makes the folder of a target and what it lies in, with its owner and permissions.
func (p *putFile) makeFolders(s *sdk.Session, t target) error {
	var missing []string
	for dir := t.dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !os.IsNotExist(err) || filepath.Dir(dir) == dir {
			break
		}
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(t.dir, 0o777); err != nil {
		return err
	}
	for _, dir := range missing {
		if t.permissions != 0 {
			if err := os.Chmod(dir, searchable(t.permissions)); err != nil {
				return err
			}
		}
		if err := chown(dir, t.owner, t.group); err != nil {
			s.Log().Warn("a folder keeps its owner and group", "folder", dir, "error", err)
		}
	}
	return nil
}

// adjust sets what shall differ from the defaults. A file that cannot be adjusted is still a good file: that is a
// warning, as in NiFi.
func (p *putFile) adjust(s *sdk.Session, t target) {
	if t.permissions != 0 {
		if err := os.Chmod(t.temp, t.permissions); err != nil {
			s.Log().Warn("a file keeps its permissions", "file", t.path, "error", err)
		}
	}
	if err := chown(t.temp, t.owner, t.group); err != nil {
		s.Log().Warn("a file keeps its owner and group", "file", t.path, "error", err)
	}
	if !t.modified.IsZero() {
		if err := os.Chtimes(t.temp, t.modified, t.modified); err != nil {
			s.Log().Warn("a file keeps its modification time", "file", t.path, "error", err)
		}
	}
}

// chown gives a file away; an empty name changes nothing.
func chown(path, owner, group string) error {
	if owner == "" && group == "" {
		return nil
	}
	uid, gid := -1, -1
	if owner != "" {
		u, err := user.Lookup(owner)
		if err != nil {
			return err
		}
		if uid, err = strconv.Atoi(u.Uid); err != nil {
			return fmt.Errorf("this system gives users no numbers: %w", err)
		}
	}
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return err
		}
		if gid, err = strconv.Atoi(g.Gid); err != nil {
			return fmt.Errorf("this system gives groups no numbers: %w", err)
		}
	}
	return os.Chown(path, uid, gid)
}

var (
	symbolic = regexp.MustCompile(`^(?:[r-][w-][x-]){3}$`)
	octal    = regexp.MustCompile(`^[0-7]{3}$`)
)

// parsePermissions reads rw-r----- and 640.
func parsePermissions(text string) (fs.FileMode, error) {
	switch {
	case octal.MatchString(text):
		n, err := strconv.ParseUint(text, 8, 32)
		return fs.FileMode(n), err
	case symbolic.MatchString(text):
		var mode fs.FileMode
		for _, c := range text {
			mode <<= 1
			if c != '-' {
				mode |= 1
			}
		}
		return mode, nil
	}
	return 0, fmt.Errorf("%q is neither of the form rw-r----- nor three octal digits", text)
}

// searchable adds the right to enter a folder for those who may read or write in it.
func searchable(mode fs.FileMode) fs.FileMode { return mode | mode>>1&0o111 | mode>>2&0o111 }
