package json

// locator finds the objects that are records, outside of which it keeps the
// open arrays and objects on a stack.
type locator struct {
	*parser
	field string // the records lie below this field; "" = they are the root
	open  []level
	found bool // the stack's top is inside the value of field
	base  int  // height of the stack at which that value was found
}

type level struct {
	closing byte
	first   bool
}

// next goes to the next value that stands where a record is expected and
// returns its first byte; io.EOF is for the caller to tell: it is errEnd with
// an empty stack.
func (l *locator) next() (byte, error) {
	for {
		if l.found && len(l.open) == l.base {
			if err := l.leave(); err != nil {
				return 0, err
			}
		}
		c, err := l.peek()
		if err != nil {
			return 0, err
		}
		if len(l.open) > 0 {
			top := &l.open[len(l.open)-1]
			more, err := l.more(top.closing, &top.first)
			if err != nil {
				return 0, err
			}
			if !more {
				l.pop()
				continue
			}
			if c, err = l.peek(); err != nil {
				return 0, err
			}
		}
		switch {
		case c == '[':
			if err := l.push(']'); err != nil {
				return 0, err
			}
		case c == '{' && l.field != "" && !l.found:
			if err := l.locate(); err != nil {
				return 0, err
			}
			if l.found {
				return l.enterFound()
			}
		default:
			return c, nil
		}
	}
}

// enterFound starts with the value of the named field: an array is opened,
// anything else stands for itself.
func (l *locator) enterFound() (byte, error) {
	c, err := l.peek()
	if err == nil && c == '[' {
		if err = l.push(']'); err == nil {
			return l.next()
		}
	}
	return c, err
}

func (l *locator) push(closing byte) error {
	l.open = append(l.open, level{closing, true})
	return l.enter()
}

func (l *locator) pop() {
	l.open = l.open[:len(l.open)-1]
	l.depth--
}

// locate searches the object at hand, in depth, for the named field. It stops
// before its value with found set, or behind the object.
func (l *locator) locate() error {
	bottom := len(l.open)
	if err := l.push('}'); err != nil {
		return err
	}
	for len(l.open) > bottom {
		top := &l.open[len(l.open)-1]
		more, err := l.more(top.closing, &top.first)
		if err != nil {
			return err
		}
		if !more {
			l.pop()
			continue
		}
		if top.closing == '}' {
			k, err := l.key()
			if err != nil {
				return err
			}
			if string(k) == l.field {
				l.found, l.base = true, len(l.open)
				return nil
			}
		}
		if err := l.descend(); err != nil {
			return err
		}
	}
	return nil
}

// descend opens the array or object at hand, or reads over a scalar.
func (l *locator) descend() error {
	c, err := l.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return l.push('}')
	case '[':
		return l.push(']')
	}
	return l.skip()
}

// leave reads over the rest of what encloses the named field, up to the end of
// the object in which the search began.
func (l *locator) leave() error {
	l.found = false
	for len(l.open) > 0 {
		top := &l.open[len(l.open)-1]
		more, err := l.more(top.closing, &top.first)
		if err != nil {
			return err
		}
		if !more {
			l.pop()
			if top.closing == '}' && !l.inObject() {
				return nil
			}
			continue
		}
		if top.closing == '}' {
			if _, err := l.key(); err != nil {
				return err
			}
		}
		if err := l.skip(); err != nil {
			return err
		}
	}
	return nil
}

func (l *locator) inObject() bool {
	for _, o := range l.open {
		if o.closing == '}' {
			return true
		}
	}
	return false
}
