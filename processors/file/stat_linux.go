package file

import (
	"io/fs"
	"syscall"
	"time"
)

func factsOf(info fs.FileInfo) facts {
	f := facts{created: info.ModTime(), accessed: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.accessed = time.Unix(st.Atim.Unix())
		f.owner, f.group = users.of(st.Uid, userName), groups.of(st.Gid, groupName)
	}
	return f
}
