package charset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// questionMark is an encoder that writes '?' for what the character set lacks, as Java does. The one of the text
// module writes a control character instead.
type questionMark struct{ enc *encoding.Encoder }

// Reset implements transform.Transformer.
func (q questionMark) Reset() { q.enc.Reset() }

// Transform implements transform.Transformer.
func (q questionMark) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for {
		d, n, err := q.enc.Transformer.Transform(dst[nDst:], src[nSrc:], atEOF)
		nDst, nSrc = nDst+d, nSrc+n
		if err == nil || err == transform.ErrShortDst || err == transform.ErrShortSrc { //nolint:errorlint // sentinels of io style
			return nDst, nSrc, err
		}
		d, _, err = q.enc.Transformer.Transform(dst[nDst:], []byte("?"), false)
		if err != nil {
			return nDst, nSrc, transform.ErrShortDst
		}
		_, width := utf8.DecodeRune(src[nSrc:])
		nDst, nSrc = nDst+d, nSrc+width
	}
}
