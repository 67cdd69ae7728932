package file

import (
	"io/fs"
	"syscall"
	"time"
)

func factsOf(info fs.FileInfo) facts {
	f := facts{created: info.ModTime(), accessed: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.created = time.Unix(st.Birthtimespec.Unix())
		f.accessed = time.Unix(st.Atimespec.Unix())
		f.owner, f.group = users.of(st.Uid, userName), groups.of(st.Gid, groupName)
	}
	return f
}
