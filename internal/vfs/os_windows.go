package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"unsafe"
)

const errSharingViolation = syscall.Errno(32)

// lockFile opens the file without sharing: Windows itself then refuses a second opener.
func lockFile(name string) (io.Closer, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		if errors.Is(err, errSharingViolation) {
			err = ErrLocked
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return os.NewFile(uintptr(h), name), nil
}

// syncDir does nothing: NTFS journals its folders, and Windows offers no sync of one.
func syncDir(string) error { return nil }

var getDiskFreeSpaceEx = syscall.NewLazyDLL("kernel32.dll").NewProc("GetDiskFreeSpaceExW")

func usage(name string) (Usage, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return Usage{}, err
	}
	var free, total uint64
	ok, _, err := getDiskFreeSpaceEx.Call(uintptr(unsafe.Pointer(p)),
		uintptr(unsafe.Pointer(&free)), uintptr(unsafe.Pointer(&total)), 0)
	if ok == 0 {
		return Usage{}, &os.PathError{Op: "GetDiskFreeSpaceEx", Path: name, Err: err}
	}
	return Usage{Total: total, Free: free}, nil
}
