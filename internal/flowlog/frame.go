package flowlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/flow"
)

// A record is one line: magic, a space, the CRC-32C of the JSON in eight hex digits, a space, the JSON, a line feed.
// JSON as it is written here has no line feed, so that reading can go on behind a damaged record.
const (
	entryMagic    = "BFL1"
	snapshotMagic = "BFS1"
	frameHead     = len(entryMagic) + 1 + 8 + 1
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errFrame   = errors.New("the record is incomplete or its checksum is wrong")
)

// Entry is one edit in the log.
type Entry struct {
	Index uint64         `json:"index"` // from 1, without gaps
	Edit  flow.ChangeSet `json:"edit"`
}

type snapshot struct {
	Index uint64         `json:"index"`
	Flow  flow.ChangeSet `json:"flow"`
}

func frame(magic string, v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	line := make([]byte, 0, frameHead+len(payload)+1)
	line = fmt.Appendf(line, "%s %08x ", magic, crc32.Checksum(payload, castagnoli))
	return append(append(line, payload...), '\n'), nil
}

// payload checks a line, with or without its line feed, and returns the JSON in it.
func payload(magic string, line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	if len(line) < frameHead || !strings.HasPrefix(string(line[:frameHead]), magic+" ") || line[frameHead-1] != ' ' {
		return nil, errFrame
	}
	sum, err := strconv.ParseUint(string(line[len(magic)+1:frameHead-1]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[frameHead:], castagnoli) {
		return nil, errFrame
	}
	return line[frameHead:], nil
}

func decodeEntry(line []byte) (Entry, error) {
	var e Entry
	data, err := payload(entryMagic, line)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("entry: %w", err)
	}
	return e, nil
}

// scanned is what a segment holds.
type scanned struct {
	entries []Entry
	good    int   // bytes up to the end of the last good entry before the first bad line
	bad     error // why the line at good is bad; nil if all is well
	after   bool  // there are good entries behind the bad line: it is damage, not a torn tail
}

// endsWithEntry tells whether a good entry stands at the end of a bad line, as when a line feed was damaged.
func endsWithEntry(line []byte) bool {
	i := bytes.LastIndex(line, []byte(entryMagic+" "))
	if i < 0 {
		return false
	}
	_, err := decodeEntry(line[i:])
	return err == nil
}

// scan reads the entries of a segment up to the first line that is not one, or not the next one. A last line without
// its line feed is not one: Append had not returned.
func scan(data []byte, first uint64) scanned {
	var s scanned
	next := first
	for rest := data; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		line := rest[:max(end, 0)]
		if end == 0 {
			line, end = nil, len(rest)
		}
		rest = rest[end:]
		e, err := decodeEntry(line)
		switch {
		case s.bad != nil:
			s.after = s.after || err == nil
		case err != nil:
			s.bad = fmt.Errorf("entry %d: %w", next, err)
			s.after = endsWithEntry(line)
		case e.Index != next:
			s.bad = fmt.Errorf("entry %d stands where %d should be", e.Index, next)
			s.after = true
		default:
			s.entries = append(s.entries, e)
			s.good += end
			next++
		}
	}
	return s
}
