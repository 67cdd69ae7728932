package javatime

import (
	"math"
	"strings"
	"unicode/utf8"
)

// reader fills fields from text. Positions below 0 are failures: ^pos is where.
type reader struct {
	text   string
	strict bool
	fields *Fields
}

func (r *reader) items(items []item, pos int) int {
	for i := range items {
		if pos = r.item(&items[i], pos); pos < 0 {
			return pos
		}
	}
	return pos
}

func (r *reader) item(it *item, pos int) int {
	if it.pad > 0 {
		return r.padded(it, pos)
	}
	switch it.kind {
	case kindLiteral:
		if !r.at(pos, it.text) {
			return ^pos
		}
		return pos + len(it.text)
	case kindNumber, kindReduced:
		return r.number(it, pos)
	case kindFraction:
		return r.fraction(it, pos)
	case kindText:
		return r.named(it, pos)
	case kindOffset:
		return r.offset(it, pos)
	case kindGMT:
		return r.gmt(it, pos)
	case kindZoneID, kindZoneName:
		return r.zone(it, pos)
	}
	saved := *r.fields
	if end := r.items(it.items, pos); end >= 0 {
		return end
	}
	*r.fields = saved
	return pos
}

// at compares with the text at pos, without regard to case when lenient.
func (r *reader) at(pos int, want string) bool {
	if pos > len(r.text)-len(want) {
		return false
	}
	got := r.text[pos : pos+len(want)]
	return got == want || !r.strict && strings.EqualFold(got, want)
}

// padded reads an item that stands at the right of a fixed width.
func (r *reader) padded(it *item, pos int) int {
	end := pos + it.pad
	if end > len(r.text) {
		if r.strict {
			return ^pos
		}
		end = len(r.text)
	}
	start := pos
	for start < end && r.text[start] == ' ' {
		start++
	}
	inner := *it
	inner.pad = 0
	cut := &reader{text: r.text[:end], strict: r.strict, fields: r.fields}
	got := cut.item(&inner, start)
	if got != end && r.strict {
		return ^(pos + start - pos)
	}
	return got
}

// fixed reports whether a number's width is settled by its neighbors.
func (it *item) fixed(strict bool) bool {
	if it.kind == kindReduced && !strict {
		return false
	}
	return it.subsequent == -1 || it.subsequent > 0 && it.min == it.max && it.sign == signNever
}

// number reads digits as NumberPrinterParser.parse.
func (r *reader) number(it *item, pos int) int {
	if pos == len(r.text) {
		return ^pos
	}
	start := pos
	mark := r.text[pos]
	if mark == '+' || mark == '-' {
		if !r.signAllowed(it, mark) {
			return ^pos
		}
		pos++
	}
	tight := r.strict || it.fixed(r.strict)
	least, most := 1, 9
	if tight {
		least, most = it.min, it.max
	}
	if pos+least > len(r.text) {
		return ^pos
	}
	n, end, ok := r.digits(pos, least, most+max(it.subsequent, 0), max(it.subsequent, 0))
	if !ok {
		return ^pos
	}
	switch {
	case mark == '-' && n == 0 && r.strict:
		return ^start
	case mark == '-':
		n = -n
	case it.sign == signPad && r.strict && mark == '+' && end-pos <= it.min:
		return ^start // a plus that was not needed
	case it.sign == signPad && r.strict && mark != '+' && end-pos > it.min:
		return ^pos // a plus that is missing
	}
	if it.kind == kindReduced && end-pos == 2 && n >= 0 {
		n += 2000
	}
	return r.set(it.field, n, start, end)
}

func (r *reader) signAllowed(it *item, mark byte) bool {
	switch it.sign {
	case signNormal:
		return mark == '-' || !r.strict
	case signPad:
		return true
	}
	return !r.strict && it.min != it.max
}

// digits reads between least and most digits and leaves keep of them to the
// numbers that follow.
func (r *reader) digits(pos, least, most, keep int) (n int64, end int, ok bool) {
	end = pos
	for end < len(r.text) && end-pos < most && r.text[end] >= '0' && r.text[end] <= '9' {
		end++
	}
	if end-pos < least {
		return 0, end, false
	}
	if keep > 0 {
		end = pos + min(end-pos, max(least, end-pos-keep))
	}
	for _, c := range r.text[pos:end] {
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, end, false
		}
		n = n*10 + d
	}
	return n, end, true
}

func (r *reader) fraction(it *item, pos int) int {
	least, most := 0, 9
	if r.strict { // unlike other numbers, lenient even where another follows
		least, most = it.min, it.max
	}
	n, end, ok := r.digits(pos, least, most, 0)
	if !ok {
		return ^end
	}
	if end == pos {
		return pos
	}
	for i := end - pos; i < 9; i++ {
		n *= 10
	}
	return r.set(NanoOfSecond, n, pos, end)
}

// named reads a field by name, the longest that fits; of any style when lenient.
func (r *reader) named(it *item, pos int) int {
	n := textNames[it.field]
	styles := [][]string{n.style(it.style)}
	if !r.strict {
		styles = [][]string{n.full, n.short, n.narrow}
	}
	best, length := int64(0), 0
	for _, texts := range styles {
		for i, text := range texts {
			if len(text) >= length && r.at(pos, text) { // of equal letters the last wins: A is August
				best, length = int64(i)+n.first, len(text)
			}
		}
	}
	if length > 0 {
		return r.set(it.field, best, pos, pos+length)
	}
	if r.strict || it.field == DayPeriod {
		return ^pos
	}
	return r.number(&item{kind: kindNumber, field: it.field, min: 1, max: 19, sign: signNormal}, pos)
}

func (r *reader) set(f Field, n int64, errorPos, end int) int {
	if !r.fields.put(f, n) {
		return ^errorPos
	}
	return end
}

// offset reads +hh:mm in the form of the pattern, or in any near it when lenient.
func (r *reader) offset(it *item, pos int) int {
	if r.at(pos, it.text) {
		return r.set(OffsetSeconds, 0, pos, pos+len(it.text))
	}
	if pos >= len(r.text) || r.text[pos] != '+' && r.text[pos] != '-' {
		return ^pos
	}
	p := offsetPatterns[it.offset]
	needMinutes, optional := p.minutes, it.offset != 0
	seconds := p.seconds > 0
	colon := p.colon
	if !r.strict {
		colon = colon || it.offset == 0 && len(r.text) > pos+3 && r.text[pos+3] == ':'
		needMinutes, optional, seconds = false, true, true
	}
	var parts [3]int
	at, ok := r.twoDigits(pos+1, false, &parts[0])
	if !ok {
		return ^pos
	}
	if optional {
		next, ok := r.twoDigits(at, colon, &parts[1])
		if !ok && needMinutes {
			return ^pos
		}
		if ok {
			at = next
			if next, ok = r.twoDigits(at, colon, &parts[2]); ok && seconds {
				at = next
			} else {
				parts[2] = 0
			}
		}
	}
	total := int64(parts[0]*3600 + parts[1]*60 + parts[2])
	if parts[0] > 23 || parts[1] > 59 || parts[2] > 59 {
		return ^pos
	}
	if r.text[pos] == '-' {
		total = -total
	}
	return r.set(OffsetSeconds, total, pos, at)
}

func (r *reader) twoDigits(pos int, colon bool, n *int) (int, bool) {
	if colon {
		if pos >= len(r.text) || r.text[pos] != ':' {
			return pos, false
		}
		pos++
	}
	if pos+2 > len(r.text) || !isDigit(r.text[pos]) || !isDigit(r.text[pos+1]) {
		return pos, false
	}
	value := int(r.text[pos]-'0')*10 + int(r.text[pos+1]-'0')
	if colon && value > 59 {
		return pos, false
	}
	*n = value
	return pos + 2, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// gmt reads GMT, GMT+5, GMT+5:30 or, in full, GMT+05:30.
func (r *reader) gmt(it *item, pos int) int {
	if !r.at(pos, "GMT") {
		return ^pos
	}
	start := pos
	pos += 3
	if pos == len(r.text) || r.text[pos] != '+' && r.text[pos] != '-' {
		return r.set(OffsetSeconds, 0, start, pos)
	}
	negative := r.text[pos] == '-'
	pos++
	var parts [3]int
	var ok bool
	if it.style == full {
		if pos, ok = r.twoDigits(pos, false, &parts[0]); !ok {
			return ^start
		}
		if pos, ok = r.twoDigits(pos, true, &parts[1]); !ok {
			return ^start
		}
	} else {
		n, end, ok := r.digits(pos, 1, 2, 0)
		if !ok {
			return ^start
		}
		parts[0] = int(n)
		pos, ok = r.twoDigits(end, true, &parts[1])
		if !ok {
			return r.gmtOffset(parts, negative, start, end)
		}
	}
	if next, ok := r.twoDigits(pos, true, &parts[2]); ok {
		pos = next
	}
	return r.gmtOffset(parts, negative, start, pos)
}

func (r *reader) gmtOffset(parts [3]int, negative bool, start, end int) int {
	total := int64(parts[0]*3600 + parts[1]*60 + parts[2])
	if negative {
		total = -total
	}
	return r.set(OffsetSeconds, total, start, end)
}

// zone reads an offset, a prefixed offset, a region's id or, for names, one of
// those: the longest that there is.
func (r *reader) zone(it *item, pos int) int {
	if pos >= len(r.text) {
		return ^pos
	}
	if c := r.text[pos]; c == '+' || c == '-' {
		return r.zoneOffset(pos, pos, "")
	}
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if r.at(pos, prefix) {
			return r.zoneOffset(pos, pos+len(prefix), prefix)
		}
	}
	id, length := r.longestZone(it, pos)
	if length == 0 && r.at(pos, "Z") {
		id, length = "Z", 1
	}
	return r.setZone(id, pos, pos+length)
}

func (r *reader) setZone(id string, start, end int) int {
	z, err := Zone(id)
	if err != nil || end == start {
		return ^start
	}
	r.fields.zone = z
	return end
}

// zoneOffset reads the offset at pos; without one a prefix stands for itself.
func (r *reader) zoneOffset(start, pos int, prefix string) int {
	sub := &reader{text: r.text, strict: r.strict, fields: newFields()}
	end := -1
	if c := r.at0(pos); c == '+' || c == '-' {
		end = sub.offset(&item{kind: kindOffset, offset: 6, text: "Z"}, pos)
	}
	switch {
	case end < 0 && prefix == "":
		return ^start
	case end < 0:
		return r.setZone(prefix, start, pos)
	}
	seconds, _ := sub.fields.get(OffsetSeconds)
	if prefix != "" && seconds == 0 {
		return r.setZone(prefix, start, end)
	}
	return r.setZone(prefix+offsetName(int(seconds)), start, end)
}

// longestZone tries ever shorter pieces of the text as a zone.
func (r *reader) longestZone(it *item, pos int) (id string, length int) {
	const longest = 60 // no name is longer
	var named map[string]string
	if it.kind == kindZoneName {
		named = zoneByName()[0]
		if it.style == full {
			named = zoneByName()[1]
		}
	}
	for n := min(longest, len(r.text)-pos); n > 0; n-- {
		if !utf8.RuneStart(r.at0(pos + n)) {
			continue
		}
		piece := r.text[pos : pos+n]
		if id, ok := lookupName(named, piece, r.strict); ok {
			return id, n
		}
		if id, ok := lookupID(piece, r.strict); ok {
			return id, n
		}
	}
	return "", 0
}

func (r *reader) at0(pos int) byte {
	if pos < len(r.text) {
		return r.text[pos]
	}
	return 0
}

func lookupName(named map[string]string, piece string, strict bool) (string, bool) {
	id, ok := named[piece]
	if !ok && !strict {
		id, ok = named[strings.ToLower(piece)]
	}
	return id, ok
}

func lookupID(piece string, strict bool) (string, bool) {
	if _, ok := zoneNames()[piece]; ok || strict {
		return piece, ok
	}
	id, ok := zoneIDs()[strings.ToLower(piece)]
	return id, ok
}
