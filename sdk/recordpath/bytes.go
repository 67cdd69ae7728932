package recordpath

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	gohash "hash"
	"math/big"
	"strings"

	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
)

var bytesType = record.ArrayOf(record.Byte)

func base64Encode(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		switch {
		case isText(f.Value):
			return c.derive(f, record.StringValue(base64.StdEncoding.EncodeToString([]byte(f.Value.Text()))))
		case f.Value.Kind() == record.KindBytes:
			return c.derive(f, record.BytesValue(base64.StdEncoding.AppendEncode(nil, f.Value.Bytes())))
		}
		return c.fail(errors.New("base64Encode takes text or bytes"))
	}}, nil
}

func base64Decode(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		var b []byte
		var err error
		switch {
		case isText(f.Value):
			if b, err = decodeBase64(f.Value.Text()); err == nil {
				return c.derive(f, record.StringValue(strings.ToValidUTF8(string(b), "\uFFFD")))
			}
		case f.Value.Kind() == record.KindBytes:
			if b, err = decodeBase64(string(f.Value.Bytes())); err == nil {
				return c.derive(f, record.BytesValue(b))
			}
		default:
			err = errors.New("base64Decode takes text or bytes")
		}
		return c.fail(err)
	}}, nil
}

// decodeBase64 also takes text without padding, as Java's decoder.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line end in base64 text")
	}
	if len(s)%4 != 0 {
		return base64.RawStdEncoding.DecodeString(s)
	}
	return base64.StdEncoding.DecodeString(s)
}

// charsetOf is the character set that seg names; false if it names none.
func (c *evaluation) charsetOf(seg segment) (charset.Charset, bool) {
	name, _ := c.text(seg)
	if name == "" {
		return charset.Charset{}, false
	}
	set, err := charset.Parse(name)
	if err != nil {
		c.fail(err)
	}
	return set, err == nil
}

func toBytes(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		if !isText(f.Value) {
			return c.fail(errors.New("toBytes takes text"))
		}
		set, ok := c.charsetOf(args[1])
		if !ok {
			return c.fail(errors.New("toBytes needs the name of a character set"))
		}
		return c.retype(f, record.BytesValue(set.Encode(f.Value.Text())), bytesType, "toBytes")
	}}, nil
}

// toString decodes bytes; anything else is turned into text as it is.
func toString(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		set, ok := c.charsetOf(args[1])
		if c.err != nil {
			return nil
		}
		b, isBytes := bytesOf(f.Value)
		switch {
		case !isBytes && f.Value.Kind() == record.KindArray:
			return c.fail(errors.New("toString takes no arrays but those of bytes"))
		case isBytes && len(b) > 0 && !ok:
			return c.fail(errors.New("toString needs the name of a character set"))
		case isBytes:
			return c.retype(f, record.StringValue(strings.ToValidUTF8(set.Decode(b), "\uFFFD")), record.String, "toString")
		}
		return c.retype(f, record.StringValue(textOf(f.Value)), record.String, "toString")
	}}, nil
}

// bytesOf is the content of bytes or of an array of BYTEs; an empty array is one.
func bytesOf(v record.Value) ([]byte, bool) {
	if v.Kind() != record.KindArray {
		return v.Bytes(), v.Kind() == record.KindBytes
	}
	var b []byte
	for _, item := range v.Array() {
		if item.Kind() != record.KindByte {
			return nil, false
		}
		b = append(b, byte(item.Int()))
	}
	return b, true
}

// digests are the algorithms of Java's MessageDigest that are in use.
var digests = map[string]func() gohash.Hash{
	"MD5": md5.New, "SHA": sha1.New, "SHA1": sha1.New, "SHA-1": sha1.New,
	"SHA-224": sha256.New224, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
	"SHA-512/224": sha512.New512_224, "SHA-512/256": sha512.New512_256,
	"SHA3-224": func() gohash.Hash { return sha3.New224() }, "SHA3-256": func() gohash.Hash { return sha3.New256() },
	"SHA3-384": func() gohash.Hash { return sha3.New384() }, "SHA3-512": func() gohash.Hash { return sha3.New512() },
}

func hash(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		name, _ := c.text(args[1])
		if name == "" {
			return f
		}
		digest, ok := digests[strings.ToUpper(name)]
		if !ok {
			return c.fail(fmt.Errorf("there is no hash algorithm %.50q; use one such as SHA-256", name))
		}
		h := digest()
		h.Write([]byte(textOf(f.Value)))
		return c.derive(f, record.StringValue(hex.EncodeToString(h.Sum(nil))))
	}}, nil
}

// uuid5 makes a name-based UUID of the text; the name space is all zeros
// unless a UUID is given.
func uuid5(args []segment) (segment, error) {
	return each{args[0], true, func(c *evaluation, f *Selected) *Selected {
		var space [16]byte
		if len(args) == 2 {
			if name := c.first(args[1]); name != nil && isText(name.Value) {
				var err error
				if space, err = parseUUID(name.Value.Text()); err != nil && !f.Value.IsNull() {
					return c.fail(err)
				}
			}
		}
		if f.Value.IsNull() {
			space = [16]byte{}
		}
		sum := sha1.Sum(append(space[:], textOf(f.Value)...))
		b := sum[:16]
		b[6] = b[6]&0x0F | 0x50
		b[8] = b[8]&0x3F | 0x80
		return c.derive(f, record.StringValue(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])))
	}}, nil
}

// parseUUID reads five hexadecimal numbers, of which leading zeros may be
// missing, as Java's UUID.fromString.
func parseUUID(s string) (id [16]byte, err error) {
	parts := strings.Split(s, "-")
	if len(parts) != 5 || len(s) > 36 {
		return id, fmt.Errorf("%.50q is not a UUID", s)
	}
	at := 0
	for i, size := range []int{4, 2, 2, 2, 6} {
		n, ok := new(big.Int).SetString(parts[i], 16)
		if !ok || n.Sign() < 0 || n.BitLen() > 64 {
			return id, fmt.Errorf("%.50q is not a UUID", s)
		}
		var full [8]byte
		n.FillBytes(full[:])
		copy(id[at:at+size], full[8-size:])
		at += size
	}
	return id, nil
}
