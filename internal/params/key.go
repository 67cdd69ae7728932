package params

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/braidflow/braid/internal/vfs"
)

// LoadKey returns the sensitive-properties key: the given one if it is not empty (from the environment or the
// configuration; it is not written down), else that of the file, which is made with a random key and mode 0600 if it
// does not exist. A crash leaves the whole file or none.
func LoadKey(fsys vfs.FS, file, given string) (string, error) {
	if given != "" {
		if len(given) < MinKeyLength {
			return "", fmt.Errorf("the sensitive-properties key has %d characters; use %d or more", len(given), MinKeyLength)
		}
		return given, nil
	}
	data, err := vfs.ReadFile(fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(fsys, file)
	}
	if err != nil {
		return "", fmt.Errorf("read sensitive-properties key: %w", err)
	}
	key := strings.TrimSpace(string(data))
	if len(key) < MinKeyLength {
		return "", fmt.Errorf("sensitive-properties key in %s has %d characters; restore the file or use a key of %d or more",
			file, len(key), MinKeyLength)
	}
	return key, nil
}

func makeKey(fsys vfs.FS, file string) (string, error) {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // never fails: package rand ends the process instead
	key := base64.RawURLEncoding.EncodeToString(random)
	if err := writeSecret(fsys, file, key+"\n"); err != nil {
		return "", fmt.Errorf("write sensitive-properties key %s: %w", file, err)
	}
	return key, nil
}

// writeSecret is vfs.WriteFileAtomic for a file that nobody else may read at any moment.
func writeSecret(fsys vfs.FS, name, text string) error {
	tmp := name + ".partial"
	if err := fsys.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a leftover might have a wider mode
	}
	f, err := fsys.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(tmp, name); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(name))
}
