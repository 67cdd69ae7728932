package engine

import (
	"errors"
	"io"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/sdk"
)

// Open implements sdk.Backend.
func (s *session) Open(ff sdk.FlowFile) (sdk.ContentReader, error) {
	it := s.item(ff)
	r, err := s.appender.Open(it.cur.Claim)
	if err != nil {
		return nil, err
	}
	s.stats.read += it.cur.Claim.Length
	return r, nil
}

// Write implements sdk.Backend. What was written before an error is a hole in a segment that nobody refers to.
func (s *session) Write(ff sdk.FlowFile, atEnd bool, fn func(io.Writer) error) (sdk.FlowFile, error) {
	it := s.item(ff)
	if atEnd && !it.cur.Claim.Empty() {
		add := fn
		fn = func(w io.Writer) error {
			if err := s.copyTo(w, it.cur.Claim, 0, it.cur.Claim.Length); err != nil {
				return err
			}
			return add(w)
		}
	}
	claim, err := s.newContent(fn)
	if err != nil {
		return sdk.MakeFlowFile(it.cur), err
	}
	s.forgetContent(it)
	s.next(it).Claim = claim
	it.did |= didContent
	return sdk.MakeFlowFile(it.cur), nil
}

// newContent writes a content of its own.
func (s *session) newContent(fn func(io.Writer) error) (content.Claim, error) {
	w, err := s.appender.Create()
	if err != nil {
		return content.Claim{}, err
	}
	if err := fn(w); err != nil {
		w.Abort()
		return content.Claim{}, err
	}
	claim, err := w.Close()
	if err != nil {
		return content.Claim{}, err
	}
	s.stats.written += claim.Length
	return claim, nil
}

// forgetContent gives up a content that this session wrote and that has been replaced.
func (s *session) forgetContent(it *item) {
	if it.did&didContent != 0 && !it.cur.Claim.Empty() {
		s.garbage = append(s.garbage, it.cur.Claim)
	}
}

// copyTo writes a part of a content to w.
func (s *session) copyTo(w io.Writer, c content.Claim, offset, size int64) error {
	r, err := s.appender.Open(c)
	if err != nil {
		return err
	}
	if offset == 0 && size == c.Length {
		_, err = io.Copy(w, r) // checks the content's checksum on the way
	} else if err = s.verify(c); err == nil {
		_, err = io.Copy(w, io.NewSectionReader(r, offset, size))
	}
	return errors.Join(err, r.Close())
}

func (s *session) verify(c content.Claim) error {
	if c == s.verified {
		return nil
	}
	err := s.e.contents.Verify(c)
	if err == nil {
		s.verified = c
	}
	return err
}

// flush hands what the appender gathered to the operating system.
func (s *session) flush() error {
	return s.appender.Flush()
}

// sameContent tells whether two claims are the same bytes at the same place.
func sameContent(a, b content.Claim) bool { return a == b || (a.Empty() && b.Empty()) }
