package text

import (
	"bytes"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
)

// always replaces everything but the end of a line.
type always string

func (a always) edit(w io.Writer, text []byte) error {
	if _, err := io.WriteString(w, string(a)); err != nil {
		return err
	}
	_, end := content(text)
	_, err := w.Write(end)
	return err
}

// adder puts text before and after.
type adder struct{ before, after string }

func newAdder(ff sdk.FlowFile, before, after sdk.Text) (*adder, error) {
	var a adder
	var err error
	if a.before, err = before.For(ff); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", before.Raw(), err)
	}
	if a.after, err = after.For(ff); err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", after.Raw(), err)
	}
	return &a, nil
}

func (a *adder) edit(w io.Writer, line []byte) error {
	text, end := content(line)
	for _, part := range [][]byte{[]byte(a.before), text, []byte(a.after), end} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// literalEditor replaces a text that is not empty.
type literalEditor struct {
	search []byte
	value  string
}

func (e *literalEditor) edit(w io.Writer, text []byte) error {
	for {
		i := bytes.Index(text, e.search)
		if i < 0 {
			_, err := w.Write(text)
			return err
		}
		if _, err := w.Write(text[:i]); err != nil {
			return err
		}
		if _, err := io.WriteString(w, e.value); err != nil {
			return err
		}
		text = text[i+len(e.search):]
	}
}
