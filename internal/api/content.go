package api

import (
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
)

// serveContent writes a content, or the ranges of it that the request asks for. What is damaged is never sent as whole:
// ranges are only sent of a content that was checked, and a full answer breaks off before its end.
func (c *call) serveContent(k content.Claim, filename, mimeType string) (any, error) {
	if c.Header.Get("Range") != "" || k.Length <= checkFirst {
		if err := c.s.engine.VerifyContent(k); err != nil {
			return nil, err
		}
	}
	r, err := c.s.engine.OpenContent(k)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read
	h := c.w.Header()
	h.Set("Content-Type", mediaType(mimeType))
	h.Set("Content-Disposition", disposition(filename))
	http.ServeContent(c.w, c.Request, "", time.Time{}, r)
	return written{}, nil
}

// checkFirst is the length up to which a content is checked before the answer begins, so that the client is told why.
const checkFirst = 1 << 20

// mediaType is what the FlowFile says, if that is a media type.
func mediaType(s string) string {
	if t, params, err := mime.ParseMediaType(s); err == nil && strings.Contains(t, "/") {
		if formatted := mime.FormatMediaType(t, params); formatted != "" {
			return formatted
		}
	}
	return "application/octet-stream"
}

// disposition offers the content as a file: for old clients in quoted-printable form, for others as RFC 5987 has it.
func disposition(filename string) string {
	var quoted, escaped strings.Builder
	const plain = "!#$&+-.^_`|~"
	for _, b := range []byte(filename) {
		switch {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z':
			quoted.WriteByte(b)
			escaped.WriteByte(b)
		case b == ' ':
			quoted.WriteByte('_')
			escaped.WriteString("%20")
		default:
			hexByte := string([]byte{"0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15]})
			if b == '-' || b == '.' {
				quoted.WriteByte(b)
			} else {
				quoted.WriteString("=" + hexByte)
			}
			if strings.IndexByte(plain, b) >= 0 {
				escaped.WriteByte(b)
			} else {
				escaped.WriteString("%" + hexByte)
			}
		}
	}
	return `attachment; filename="=?UTF-8?Q?` + quoted.String() + `?="; filename*=UTF-8''` + escaped.String()
}
