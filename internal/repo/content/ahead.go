package content

import "hash/crc32"

const (
	aheadSize = 64 << 10      // read at once
	aheadMost = aheadSize / 4 // the longest content that is served from it
)

// readAhead saves the system calls of a task that reads small contents one after the other, as a queue of them lies on
// disk: it reads the neighbors of a content along with it. Bytes that were not yet written when it read are told by the
// checksum, and then read again from the file.
type readAhead struct {
	segment uint64
	from    int64  // where buf lies in the segment
	buf     []byte // never written again once it is filled: readers may hold parts of it
	next    int64  // the end of the content that was opened last
}

// serve gives a reader its content from memory if it is at hand, or will be worth it.
func (a *readAhead) serve(d *Reader) {
	if d.seg == nil || d.claim.Length > aheadMost {
		return
	}
	off, n := d.off, d.claim.Length
	inside := a.segment == d.seg.num && off >= a.from && off+n <= a.from+int64(len(a.buf))
	if !inside && a.segment == d.seg.num && off == a.next {
		buf := make([]byte, aheadSize)
		got, _ := d.file.ReadAt(buf, off) // the end of the file, or an error that reading it again will show
		a.from, a.buf = off, buf[:got]
		inside = int64(got) >= n
	}
	if a.segment != d.seg.num {
		a.segment, a.buf = d.seg.num, nil
	}
	a.next = off + n
	if !inside {
		return
	}
	b := a.buf[off-a.from:][:n]
	if crc32.Checksum(b, castagnoli) == d.claim.Sum {
		d.mem, d.hashed = b, n
	}
}
