//go:build unix

package vfs

import (
	"errors"
	"syscall"
)

// ErrNoSpace is the error of a full disk.
var ErrNoSpace error = syscall.ENOSPC

// IsNoSpace tells whether an error means that a disk or a quota is full, so that it may pass.
func IsNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
