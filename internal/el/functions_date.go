package el

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
)

var dateFunctions = []*function{
	{name: "format", subject: kindDate, args: twoString, min: 1, result: kindString, volatile: true, check: checkFormat, eval: evalFormat},
	{name: "formatInstant", subject: kindInstant, args: twoString, min: 2, result: kindString, volatile: true, eval: evalFormatInstant},
	{name: "toDate", subject: kindAny, args: twoString, result: kindDate, volatile: true, check: checkToDate, eval: evalToDate},
	{name: "toInstant", subject: kindAny, args: twoString, result: kindInstant, volatile: true, check: checkToInstant, eval: evalToInstant},
	{name: "toMicros", subject: kindAny, result: kindNumber, volatile: true, check: checkEpoch, eval: evalEpoch(1e6)},
	{name: "toNanos", subject: kindAny, result: kindNumber, volatile: true, check: checkEpoch, eval: evalEpoch(1e9)},
	{name: "plusDuration", subject: kindDate, args: twoString, min: 1, result: kindDate, volatile: true, check: checkDuration, eval: evalDuration(1)},
	{name: "minusDuration", subject: kindDate, args: twoString, min: 1, result: kindDate, volatile: true, check: checkDuration, eval: evalDuration(-1)},
	{name: "plusInstantDuration", subject: kindInstant, args: oneString, min: 1, result: kindInstant, volatile: true, check: checkDuration, eval: evalDuration(1)},
	{name: "minusInstantDuration", subject: kindInstant, args: oneString, min: 1, result: kindInstant, volatile: true, check: checkDuration, eval: evalDuration(-1)},
}

func dateText(t time.Time) string    { return javatime.FormatDate(t) }
func instantText(t time.Time) string { return javatime.FormatInstant(t) }

var (
	dateTextForm  = regexp.MustCompile(`^(?:[a-zA-Z]{3} ){2}\d{2} \d{2}:\d{2}:\d{2} [^\n\r\x{85}\x{2028}\x{2029}]*? \d{4}$`)
	slashDateForm = regexp.MustCompile(`^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}(\.\d{3})?$`)
	dateTextParse = mustLenient("EEE MMM dd HH:mm:ss zzz yyyy")
	slashParse    = mustLenient("yyyy/MM/dd HH:mm:ss[.SSS]")
)

func mustLenient(pattern string) *javatime.Formatter {
	f, err := javatime.CompileLenient(pattern)
	if err != nil {
		panic(err) // a constant of this file
	}
	return f
}

// toDate converts what format and its like take for a date: a number is
// milliseconds, text must be in the form of Date.toString or yyyy/MM/dd HH:mm:ss.
func (r *run) toDate(v value) value {
	switch v.kind {
	case kindDate:
		return v
	case kindWhole, kindDecimal:
		return date(v.long())
	case kindString:
	default:
		return null
	}
	text := trim(v.s)
	var t time.Time
	var err error
	switch {
	case dateTextForm.MatchString(text):
		t, err = dateTextParse.ParseInstant(text, nil)
	case text != "" && digits(text) == len(text):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return r.javaError("NumberFormatException", "number out of range: "+text)
		}
		return date(n)
	case slashDateForm.MatchString(text):
		t, err = slashParse.ParseDefaulted(text, nil, r.env.location())
	default:
		return r.evalError("Could not implicitly convert input to DATE: " + text)
	}
	if err != nil {
		return r.evalError("Could not parse input as date: " + err.Error())
	}
	return date(t.UnixMilli())
}

// toInstant converts what the instant functions take; a date is not among it.
func (r *run) toInstant(v value) value {
	switch v.kind {
	case kindInstant:
		return v
	case kindWhole, kindDecimal:
		return instant(time.UnixMilli(v.long()))
	case kindString:
	default:
		return null
	}
	text := trim(v.s)
	if text != "" && digits(text) == len(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return r.javaError("NumberFormatException", "number out of range: "+text)
		}
		return instant(time.UnixMilli(n))
	}
	t, err := javatime.ParseISO(text)
	if err != nil {
		return r.evalError("Could not implicitly convert input to INSTANT: " + text)
	}
	return instant(t)
}

// layout is a pattern and a zone that are known when compiled.
type layout struct {
	format *javatime.Formatter
	zone   *time.Location // nil: the default zone, unless it is computed
}

// checkLayout prepares a literal pattern (argument 0) and zone (1).
func checkLayout(n *callNode, compile func(string) (*javatime.Formatter, error)) error {
	v, ok := n.literalArg(0)
	if !ok {
		return nil
	}
	if v.isNull() {
		return errors.New(n.fn.name + "() needs a pattern, not null")
	}
	f, err := compile(v.s)
	if err != nil {
		return err
	}
	l := &layout{format: f}
	if zone, ok := n.literalArg(1); ok {
		if zone.isNull() {
			return errors.New(n.fn.name + "() needs a time zone, not null")
		}
		if l.zone, err = javatime.Zone(zone.s); err != nil {
			return err
		}
	}
	n.ready = l
	return nil
}

func checkFormat(n *callNode) error { return checkLayout(n, javatime.Compile) }
func checkParse(n *callNode) error  { return checkLayout(n, javatime.CompileLenient) }

// layout is the pattern and the zone of this evaluation; nil if it failed or
// there is no pattern.
func (n *callNode) layout(r *run, compile func(string) (*javatime.Formatter, error)) *layout {
	l, ready := n.ready.(*layout)
	if ready && (l.zone != nil || len(n.args) < 2) {
		return l
	}
	out := &layout{}
	if ready {
		out.format = l.format
	} else {
		pattern, ok := n.text(r, 0)
		if !ok {
			return nil
		}
		f, err := n.prepared(pattern, func(s string) (any, error) { return compile(s) })
		if err != nil {
			r.javaError("IllegalArgumentException", err.Error())
			return nil
		}
		out.format = f.(*javatime.Formatter)
	}
	if id, ok := n.text(r, 1); ok {
		if out.zone = r.zone(id); out.zone == nil {
			return nil
		}
	}
	return out
}

// zone finds a time zone; nil after an error.
func (r *run) zone(id string) *time.Location {
	z, err := javatime.Zone(id)
	if err != nil {
		r.javaError("ZoneRulesException", err.Error())
	}
	return z
}

func evalFormat(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	l := n.layout(r, javatime.Compile)
	if l == nil {
		return n.noPattern(r)
	}
	return r.print(v.time(), l.format, l.zone)
}

// noPattern is the failure for a pattern without a value.
func (n *callNode) noPattern(r *run) value {
	return r.javaError("NullPointerException", n.fn.name+"(): the pattern has no value")
}

func (r *run) print(t time.Time, f *javatime.Formatter, zone *time.Location) value {
	if zone == nil {
		zone = r.env.location()
	}
	text, err := f.Format(t.In(zone))
	if err != nil {
		return r.javaError("DateTimeException", err.Error())
	}
	return str(text)
}

func evalFormatInstant(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	pattern, ok := n.text(r, 0)
	if !ok {
		return n.noPattern(r)
	}
	f, err := n.prepared(pattern, func(s string) (any, error) { return javatime.Compile(s) })
	if err != nil {
		return r.javaError("IllegalArgumentException", err.Error())
	}
	id, ok := n.needed(r, 1)
	if !ok {
		return null
	}
	zone := r.zone(id)
	if zone == nil {
		return null
	}
	return r.print(v.time(), f.(*javatime.Formatter), zone)
}

// checkToDate makes toDate a conversion of milliseconds where the subject is not
// text or there is no pattern.
func checkToDate(n *callNode) error {
	if len(n.args) > 0 && n.subj.kind() == kindString {
		return checkParse(n)
	}
	return checkNumber(n)
}

func checkToInstant(n *callNode) error {
	if len(n.args) == 1 {
		return errors.New("toInstant() takes a pattern and a time zone, or nothing")
	}
	if len(n.args) == 2 && n.subj.kind() == kindString {
		return nil
	}
	return checkNumber(n)
}

// checkNumber gives the subject as a whole number and drops the arguments.
func checkNumber(n *callNode) error {
	subj, err := convert(&expression{}, n.subj, kindWhole)
	if err != nil {
		return err
	}
	n.subj, n.args = subj, nil
	return nil
}

func evalToDate(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	if len(n.args) == 0 {
		return date(v.n)
	}
	l := n.layout(r, javatime.CompileLenient)
	if l == nil {
		return null
	}
	t, err := l.format.ParseDefaulted(v.s, l.zone, r.env.location())
	if err != nil {
		return r.javaError("IllegalAttributeException", "Cannot parse attribute value as a date: "+err.Error())
	}
	return date(t.UnixMilli())
}

func evalToInstant(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	if len(n.args) == 0 {
		return instant(time.UnixMilli(v.n))
	}
	pattern, ok := n.text(r, 0)
	if !ok {
		return null
	}
	f, err := n.prepared(pattern, func(s string) (any, error) { return javatime.Compile(s) })
	if err != nil {
		return r.javaError("IllegalArgumentException", err.Error())
	}
	id, ok := n.needed(r, 1)
	if !ok {
		return null
	}
	zone := r.zone(id)
	if zone == nil {
		return null
	}
	t, err := f.(*javatime.Formatter).ParseInstant(v.s, zone)
	if err != nil {
		return r.javaError("DateTimeParseException", err.Error())
	}
	return instant(t)
}

func checkEpoch(n *callNode) error {
	if n.subj.kind() != kindInstant {
		return errors.New(n.fn.name + "() needs an INSTANT, not " + n.subj.kind().String())
	}
	return nil
}

// evalEpoch counts units since 1970, as ChronoUnit.between.
func evalEpoch(perSecond int64) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		v := n.subj.eval(r)
		if v.isNull() {
			return null
		}
		limit := math.MaxInt64/perSecond - 1
		if v.n > limit || v.n < -limit {
			return r.javaError("ArithmeticException", n.fn.name+"(): the number is out of range")
		}
		total, part := v.n*perSecond, int64(v.nano)/(1e9/perSecond)
		if v.n < 0 && part*(1e9/perSecond) != int64(v.nano) {
			part++ // towards zero
		}
		return whole(total + part)
	}
}

func evalIsValidInstant(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return boolean(false)
	}
	_, err := javatime.ParseISO(trim(s))
	return boolean(err == nil)
}
