package vfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// MakeDir makes a folder, with its parents, so that it survives a crash. It does no harm if the folder is there.
func MakeDir(fsys FS, name string) error {
	parents := []string{filepath.Dir(name)} // synced in any case: it may have been made by a process that was killed
	for d := parents[0]; d != filepath.Dir(d); d = filepath.Dir(d) {
		_, err := fsys.Stat(d)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make folder %s: %w", name, err)
		}
		parents = append(parents, filepath.Dir(d))
	}
	if err := fsys.MkdirAll(name, 0o750); err != nil {
		return fmt.Errorf("make folder %s: %w", name, err)
	}
	for _, p := range slices.Backward(parents) {
		if err := fsys.SyncDir(p); err != nil {
			return fmt.Errorf("make folder %s: %w", name, err)
		}
	}
	return nil
}
