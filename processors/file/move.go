package file

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

type moveConflict string

const (
	moveRename  moveConflict = "Rename"
	moveReplace moveConflict = "Replace File"
	moveKeep    moveConflict = "Keep Existing"
	moveFail    moveConflict = "Fail"
)

// move is one file on its way to another folder.
type move struct {
	from, to string
	conflict moveConflict
}

// possible makes the folder and tells what would keep the move from working.
func (m move) possible() error {
	dir := filepath.Dir(m.to)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the Move Destination Directory: %w", err)
	}
	if !writable(dir) {
		return fmt.Errorf("the Move Destination Directory %s must be writable", dir)
	}
	if m.conflict == moveFail && exists(m.to) {
		return fmt.Errorf("there is a file %s already", m.to)
	}
	return nil
}

func (m move) run() error {
	if exists(m.to) {
		switch m.conflict {
		case moveKeep:
			return os.Remove(m.from)
		case moveRename:
			ext := filepath.Ext(m.to)
			m.to = strings.TrimSuffix(m.to, ext) + "-" + strings.ToLower(rand.Text()) + ext
		case moveFail:
			return fmt.Errorf("there is a file %s already", m.to)
		case moveReplace:
		}
	}
	err := os.Rename(m.from, m.to)
	var link *os.LinkError
	if err == nil || os.IsNotExist(err) || !errors.As(err, &link) {
		return err
	}
	return m.copy(err) // perhaps it is another disk
}

// copy moves a file to another disk; why tells what came of renaming.
func (m move) copy(why error) error {
	temp := filepath.Join(filepath.Dir(m.to), "."+filepath.Base(m.to))
	out, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return errors.Join(why, err)
	}
	err = readInto(io.Writer(out), m.from)
	if err == nil {
		err = out.Sync() // the source is deleted next
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp, m.to)
	}
	if err != nil {
		_ = os.Remove(temp)
		return errors.Join(why, err)
	}
	return os.Remove(m.from)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
