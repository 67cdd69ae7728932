package el

import (
	"crypto/md5"  //nolint:gosec // UUIDs of version 3 and users' checksums
	"crypto/sha1" //nolint:gosec // UUIDs of version 5 and users' checksums
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

var codeFunctions = []*function{
	{name: "base64Encode", subject: kindString, result: kindString, eval: mapText(func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(s))
	})},
	{name: "base64Decode", subject: kindString, result: kindString, eval: evalBase64Decode},
	{name: "urlEncode", subject: kindString, result: kindString, eval: mapText(urlEncode)},
	{name: "urlDecode", subject: kindString, result: kindString, eval: evalURLDecode},
	{name: "hash", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalHash},
	{name: "UUID3", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalNamedUUID},
	{name: "UUID5", subject: kindString, args: oneString, min: 1, result: kindString, eval: evalNamedUUID},
	{name: "escapeJson", subject: kindString, result: kindString, eval: escaper(escapeJSON)},
	{name: "unescapeJson", subject: kindString, result: kindString, eval: evalUnescapeJSON},
	{name: "escapeXml", subject: kindString, result: kindString, eval: escaper(escapeXML)},
	{name: "unescapeXml", subject: kindString, result: kindString, eval: escaper(xml.unescape)},
	{name: "escapeHtml3", subject: kindString, result: kindString, eval: escaper(html3.escape)},
	{name: "unescapeHtml3", subject: kindString, result: kindString, eval: escaper(html3.unescape)},
	{name: "escapeHtml4", subject: kindString, result: kindString, eval: escaper(html4.escape)},
	{name: "unescapeHtml4", subject: kindString, result: kindString, eval: escaper(html4.unescape)},
	{name: "escapeCsv", subject: kindString, result: kindString, eval: escaper(escapeCSV)},
	{name: "unescapeCsv", subject: kindString, result: kindString, eval: escaper(unescapeCSV)},
}

// escaper makes a function of one that rewrites text; a null becomes empty.
func escaper(f func(string) string) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		s, _ := n.on(r)
		return str(f(s))
	}
}

// evalBase64Decode is as strict as Java: no line breaks, padding whole or absent.
func evalBase64Decode(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	enc := base64.StdEncoding
	if !strings.HasSuffix(s, "=") {
		enc = base64.RawStdEncoding
	}
	out, err := enc.DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return r.javaError("IllegalArgumentException", "base64Decode(): not in Base64: "+shorten(s))
	}
	return str(javaUTF8(string(out)))
}

const urlPlain = "-_.*"

// urlEncode is java.net.URLEncoder: for forms, so a space is a plus.
func urlEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte(urlPlain, c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

func evalURLDecode(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	var out, run []byte // run: bytes that belong together as characters
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, javaUTF8(string(run))...)
			run = run[:0]
			if s[i] == '+' {
				out = append(out, ' ')
			} else {
				out = append(out, s[i])
			}
			continue
		}
		if i+3 > len(s) {
			return r.javaError("IllegalArgumentException", "urlDecode(): incomplete trailing escape (%) pattern")
		}
		c, err := strconv.ParseInt(s[i+1:i+3], 16, 16)
		if err != nil || c < 0 {
			return r.javaError("IllegalArgumentException", "urlDecode(): illegal hex characters in escape (%) pattern: "+s[i:i+3])
		}
		run = append(run, byte(c))
		i += 2
	}
	return str(string(append(out, javaUTF8(string(run))...)))
}

// digests are the algorithms of Java's MessageDigest by upper-case name.
var digests = map[string]func() hash.Hash{
	"MD2": newMD2, "MD5": md5.New, "SHA": sha1.New, "SHA1": sha1.New, "SHA-1": sha1.New,
	"SHA-224": sha256.New224, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
	"SHA224": sha256.New224, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New,
	"SHA-512/224": sha512.New512_224, "SHA-512/256": sha512.New512_256, "SHA512/224": sha512.New512_224, "SHA512/256": sha512.New512_256,
	"SHA3-224": func() hash.Hash { return sha3.New224() }, "SHA3-256": func() hash.Hash { return sha3.New256() },
	"SHA3-384": func() hash.Hash { return sha3.New384() }, "SHA3-512": func() hash.Hash { return sha3.New512() },
}

func evalHash(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	name, ok := n.needed(r, 0)
	if !ok {
		return null
	}
	algorithm, ok := digests[strings.ToUpper(name)]
	if !ok {
		return r.evalError("Invalid hash algorithm: " + name)
	}
	h := algorithm()
	h.Write([]byte(s))
	return str(hex.EncodeToString(h.Sum(nil)))
}

// evalNamedUUID is a UUID of a name in a namespace: version 3 by MD5, 5 by SHA-1.
func evalNamedUUID(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	var id [16]byte
	if space, ok := n.text(r, 0); ok {
		if id, ok = parseUUID(space); !ok {
			return r.javaError("IllegalArgumentException", n.fn.name+"(): not a UUID: "+space)
		}
	}
	name := append(id[:], s...)
	version := byte(0x30)
	var sum []byte
	if n.fn.name == "UUID3" {
		h := md5.Sum(name) //nolint:gosec // see above
		sum = h[:]
	} else {
		h := sha1.Sum(name) //nolint:gosec // see above
		sum, version = h[:16], 0x50
	}
	sum[6] = sum[6]&0x0f | version
	sum[8] = sum[8]&0x3f | 0x80
	return str(formatUUID([16]byte(sum)))
}

// parseUUID reads a UUID as UUID.fromString: five numbers in hexadecimal, of
// which short ones are filled up and long ones cut.
func parseUUID(text string) (id [16]byte, ok bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 5 || len(text) > 36 {
		return id, false
	}
	var n [5]uint64
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 16, 63)
		if err != nil {
			return id, false
		}
		n[i] = v
	}
	binary.BigEndian.PutUint64(id[:8], n[0]&0xffffffff<<32|n[1]&0xffff<<16|n[2]&0xffff)
	binary.BigEndian.PutUint64(id[8:], n[3]&0xffff<<48|n[4]&0xffffffffffff)
	return id, true
}
