package vfs

import (
	"errors"
	"syscall"
)

const errHandleDiskFull = syscall.Errno(39)

// ErrNoSpace is the error of a full disk.
var ErrNoSpace error = syscall.Errno(112)

// IsNoSpace tells whether an error means that a disk or a quota is full, so that it may pass.
func IsNoSpace(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, errHandleDiskFull)
}
