package params

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/braidflow/braid/internal/flow"
)

// ErrWrongKey says that a value was encrypted with another sensitive-properties key, or that it is damaged.
var ErrWrongKey = errors.New("the sensitive-properties key does not fit the encrypted value; use the key with which the flow was written")

var errNoKey = errors.New("a value is encrypted and there is no sensitive-properties key")

// MinKeyLength is the least number of bytes of a sensitive-properties key, as in NiFi.
const MinKeyLength = 12

const (
	prefix, suffix = "enc{", "}"
	iterations     = 160_000
	nonceSize      = 16
	// salt is NiFi's: the key is long and random where we make it, and the values move between NiFi and us.
	salt = "NiFi Static Salt"
)

// Cipher encrypts and decrypts sensitive values. It may be used concurrently.
type Cipher struct{ aead func() (cipher.AEAD, error) }

// NewCipher returns a cipher for a sensitive-properties key. The costly derivation (a tenth of a second) is done at the
// first use, so that a flow without sensitive values starts without it.
func NewCipher(key string) (*Cipher, error) {
	if len(key) < MinKeyLength {
		return nil, fmt.Errorf("the sensitive-properties key has %d characters; use %d or more", len(key), MinKeyLength)
	}
	return &Cipher{sync.OnceValues(func() (cipher.AEAD, error) {
		derived, err := pbkdf2.Key(sha512.New, key, []byte(salt), iterations, 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCMWithNonceSize(block, nonceSize)
	})}, nil
}

// Encrypted tells whether a stored value has the form that Encrypt writes.
func Encrypted(stored string) bool {
	body, ok := strings.CutPrefix(stored, prefix)
	if !ok || !strings.HasSuffix(body, suffix) {
		return false
	}
	body = strings.TrimSuffix(body, suffix)
	if len(body) < 2*(nonceSize+16) { // nonce and tag
		return false
	}
	_, err := hex.DecodeString(body)
	return err == nil
}

// Encrypt returns enc{hex of nonce, ciphertext and tag}; the same text gives another result each time.
func (c *Cipher) Encrypt(plain string) (string, error) {
	aead, err := c.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, nonceSize, nonceSize+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails: package rand ends the process instead
	return prefix + hex.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), nil)) + suffix, nil
}

// Decrypt reads what Encrypt wrote; ErrWrongKey if the key is another one or the value was changed.
func (c *Cipher) Decrypt(stored string) (string, error) {
	if !Encrypted(stored) {
		return "", errors.New("not an encrypted value: it must have the form enc{...}")
	}
	aead, err := c.aead()
	if err != nil {
		return "", err
	}
	data, err := hex.DecodeString(stored[len(prefix) : len(stored)-len(suffix)])
	if err != nil {
		return "", err
	}
	plain, err := aead.Open(nil, data[:nonceSize], data[nonceSize:], nil)
	if err != nil {
		return "", ErrWrongKey
	}
	return string(plain), nil
}

// Seal encrypts, in place, the literal values of the properties that sensitive names; parameter references and values
// that are encrypted already stay. Call it on a component's own copy before it is put into a change set.
func (c *Cipher) Seal(properties map[string]*string, sensitive func(name string) bool) error {
	for name, v := range properties {
		if v == nil || !sensitive(name) || Encrypted(*v) || len(Parse(*v, false).Names()) > 0 {
			continue
		}
		sealed, err := c.Encrypt(*v)
		if err != nil {
			return fmt.Errorf("encrypt property %s: %w", name, err)
		}
		properties[name] = &sealed
	}
	return nil
}

// SealContext encrypts, in place, the values of the sensitive parameters of a context that is the caller's own copy.
// References to other parameters are encrypted too, as NiFi does.
func (c *Cipher) SealContext(ctx *flow.ParameterContext) error {
	for name, p := range ctx.Parameters {
		if !p.Sensitive || p.Value == nil || Encrypted(*p.Value) {
			continue
		}
		sealed, err := c.Encrypt(*p.Value)
		if err != nil {
			return fmt.Errorf("encrypt parameter %s: %w", name, err)
		}
		p.Value = &sealed
		ctx.Parameters[name] = p
	}
	return nil
}

// CheckKey decrypts the first encrypted value that it finds in a flow, so that a wrong key is found at start and not
// by each component later. It returns ErrWrongKey with the place, nil in a flow without encrypted values.
func (c *Cipher) CheckKey(f *flow.Flow) error {
	for comp := range f.All() {
		values := encryptedIn(comp)
		if len(values) == 0 {
			continue
		}
		if _, err := c.Decrypt(values[0]); err != nil {
			return fmt.Errorf("%s %q: %w", comp.Kind(), comp.Common().Name, err)
		}
		return nil
	}
	return nil
}

func encryptedIn(c flow.Component) []string {
	var list []string
	if x, ok := c.(interface{ Code() *flow.Extension }); ok {
		for _, v := range x.Code().Properties {
			if v != nil && Encrypted(*v) {
				list = append(list, *v)
			}
		}
	}
	if ctx, ok := c.(*flow.ParameterContext); ok {
		for _, p := range ctx.Parameters {
			if p.Sensitive && p.Value != nil && Encrypted(*p.Value) {
				list = append(list, *p.Value)
			}
		}
	}
	if r, ok := c.(*flow.RemoteProcessGroup); ok && Encrypted(r.ProxyPassword) {
		list = append(list, r.ProxyPassword)
	}
	return list
}
