package file

import (
	"io/fs"
	"syscall"
	"time"
)

func factsOf(info fs.FileInfo) facts {
	f := facts{created: info.ModTime(), accessed: info.ModTime()}
	if d, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		f.created = time.Unix(0, d.CreationTime.Nanoseconds())
		f.accessed = time.Unix(0, d.LastAccessTime.Nanoseconds())
	}
	return f
}

func hidden(info fs.FileInfo) bool {
	if n, ok := info.(named); ok {
		info = n.FileInfo
	}
	d, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && d.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0
}

// readable and writable cannot be told on Windows without trying.
func readable(string) bool { return true }

func writable(string) bool { return true }
