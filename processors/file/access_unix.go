//go:build unix

package file

import (
	"io/fs"
	"strings"
	"syscall"
)

func hidden(info fs.FileInfo) bool { return strings.HasPrefix(info.Name(), ".") }

// readable and writable ask the system what it would say to an attempt.
func readable(path string) bool { return syscall.Access(path, 4) == nil }

func writable(path string) bool { return syscall.Access(path, 2) == nil }
