package record

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// recordBin gathers FlowFiles in a session of its own, and their records as they will be written.
type recordBin struct {
	group     string
	number    int // grows from bin to bin
	s         *sdk.Session
	born      time.Time
	ffs       []sdk.FlowFile
	fragments int // how many there will be; 0: not known yet
	records   int
	spool     *spool
	content   *spooled
	size      int64
	writer    record.Writer
}

// Write implements [io.Writer].
func (b *recordBin) Write(p []byte) (int, error) {
	b.size += int64(len(p))
	return b.content.Write(p)
}

// countFragments notes how many fragments the attributes of one promise.
func (b *recordBin) countFragments(attrs map[string]string) error {
	text, has := attrs[sdk.AttrFragmentCount]
	if !has {
		if b.fragments == 0 {
			return fmt.Errorf("no FlowFile with %s %q has %s", sdk.AttrFragmentID, b.group, sdk.AttrFragmentCount)
		}
		return nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return fmt.Errorf("%s is no number: %q", sdk.AttrFragmentCount, text)
	case b.fragments != 0 && n != b.fragments:
		return fmt.Errorf("FlowFiles with %s %q have different values for %s: %d and %d", sdk.AttrFragmentID, b.group, sdk.AttrFragmentCount, b.fragments, n)
	}
	b.fragments = n
	return nil
}

// recordBins are the bins that are being filled, one a group.
type recordBins struct {
	groups map[string]*recordBin
	begun  int
}

func (bs *recordBins) begin(s *sdk.Session, group string, memory int) *recordBin {
	bs.begun++
	b := &recordBin{group: group, number: bs.begun, s: s.Branch(), born: s.Now(), spool: newSpool(memory)}
	b.content = b.spool.add()
	bs.groups[group] = b
	return b
}

// drop forgets a bin and frees its content.
func (bs *recordBins) drop(b *recordBin) {
	delete(bs.groups, b.group)
	_ = b.spool.close() // it is a temporary file
}

// sorted returns the bins, the oldest first.
func (bs *recordBins) sorted() []*recordBin {
	list := make([]*recordBin, 0, len(bs.groups))
	for _, b := range bs.groups {
		list = append(list, b)
	}
	slices.SortFunc(list, func(x, y *recordBin) int { return x.number - y.number })
	return list
}

func (bs *recordBins) oldest() *recordBin { return bs.sorted()[0] }

// each calls f for each bin until an error; f may drop it.
func (bs *recordBins) each(f func(*recordBin) error) error {
	for _, b := range bs.sorted() {
		if err := f(b); err != nil {
			return err
		}
	}
	return nil
}

// uniqueAttrs returns the attributes that no two FlowFiles have with different values.
func uniqueAttrs(ffs []sdk.FlowFile) (attrs []sdk.Attr) {
	values, differ := map[string]string{}, map[string]bool{sdk.AttrUUID: true}
	for _, ff := range ffs {
		for name, v := range ff.Attrs() {
			if before, has := values[name]; has && before != v {
				differ[name] = true
			}
			values[name] = v
		}
	}
	for name, v := range values {
		if !differ[name] {
			attrs = append(attrs, sdk.Attr{Name: name, Value: v})
		}
	}
	return attrs
}
