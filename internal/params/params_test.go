package params_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/internal/vfs"
)

func TestParse_Expand(t *testing.T) {
	lookup := func(name string) (string, error) { return "<" + name + ">", nil }
	for in, want := range map[string]string{
		"": "", "plain": "plain", "#{abc}": "<abc>", "#{'a b'}": "<a b>", `#{"a b"}`: "<a b>", "#{a b}": "<a b>",
		"##{abc}": "#{abc}", "###{abc}": "#<abc>", "####{abc}": "##{abc}", "#####{abc}": "##<abc>",
		"x#{a}y#{b}z": "x<a>y<b>z", "#{a}#{b}": "<a><b>", "#{}": "#{}", "#{abc": "#{abc", "##abc": "##abc", "# {a}": "# {a}",
		"#{it's}": "#{it's}", "a#": "a#", "#{a}##{b}": "<a>#{b}", "${x} #{a}": "${x} <a>", "${#{a}}": "${<a>}",
	} {
		if got, err := params.Parse(in, false).Expand(lookup); err != nil || got != want {
			t.Errorf("Expand(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"${#{a}}": "${#{a}}", "${x:append('}')} #{a}": "${x:append('}')} <a>", "$${#{a}}": "$${<a>}", "${#{a}": "${<a>",
		"#{a}${b:equals(\"#{c}\")}": "<a>${b:equals(\"#{c}\")}", "$#{a}": "$<a>", "${a}${#{b}}#{c}": "${a}${#{b}}<c>",
	} {
		if got, err := params.Parse(in, true).Expand(lookup); err != nil || got != want {
			t.Errorf("with EL: Expand(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if got := params.Parse("#{a} ${#{b}:plus(#{c})} ##{d} #{a}", true).Names(); !slices.Equal(got, []string{"a", "b", "c", "a"}) {
		t.Errorf("Names = %v, want a b c a", got)
	}
	for in, want := range map[string]string{"#{a}": "a", "#{a} ": "", "#{a}#{b}": "", "a": "", "##{a}": "", "${#{a}}": ""} {
		if got, _ := params.Parse(in, true).Single(); got != want {
			t.Errorf("Single(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"#{a}", "###{'b c'}", "${x:append('#{a}')}#{b}", "$${", "#{", "${'\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, el := range []bool{false, true} {
			tpl := params.Parse(s, el)
			if _, err := tpl.Expand(func(string) (string, error) { return "", nil }); err != nil {
				t.Fatal(err)
			}
			if len(tpl.Names()) == 0 && !strings.Contains(s, "##") {
				if got, _ := tpl.Expand(nil); got != s {
					t.Errorf("Expand(%q) = %q, want it unchanged", s, got)
				}
			}
		}
	})
}

const key = "thisIsABadSensitiveKeyPassword"

// ciphers are shared because the derivation of a key is slow on purpose.
var ciphers = map[string]*params.Cipher{}

func newCipher(t *testing.T, key string) *params.Cipher {
	t.Helper()
	if ciphers[key] == nil {
		c, err := params.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		ciphers[key] = c
	}
	return ciphers[key]
}

func seal(t *testing.T, c *params.Cipher, s string) string {
	t.Helper()
	sealed, err := c.Encrypt(s)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// contexts makes a flow with group g bound to child <- near, far.
func contexts(t *testing.T, c *params.Cipher) *flow.Flow {
	t.Helper()
	text := func(s string) flow.Parameter { return flow.Parameter{Value: &s} }
	secret := func(s string) flow.Parameter {
		s = seal(t, c, s)
		return flow.Parameter{Value: &s, Sensitive: true}
	}
	near, far := flow.NewParameterContext("near", "near"), flow.NewParameterContext("far", "far")
	near.Parameters = map[string]flow.Parameter{"a": text("near a"), "b": text("near b")}
	far.Parameters = map[string]flow.Parameter{"a": text("far a"), "b": text("far b"), "c": text("far c")}
	child := flow.NewParameterContext("child", "child")
	child.Inherited = []string{"near", "far"}
	child.Parameters = map[string]flow.Parameter{
		"a": text("own a"), "secret": secret("s3cr3t"), "empty": text(""), "unset": {}, "alias": text("#{c}"),
		"alias2": text("#{alias}"), "to nothing": text("#{nosuch}"), "to secret": text("#{secret}"),
		"secret alias": secret("#{secret}"),
	}
	g := flow.NewProcessGroup("g", "", "g")
	g.ParameterContextID = "child"
	f, _, err := flow.Empty().Apply(flow.ChangeSet{Changes: []flow.Change{
		flow.Create(near), flow.Create(far), flow.Create(child), flow.Create(g), flow.Create(flow.NewProcessGroup("h", "g", "h")),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestResolver(t *testing.T) {
	c := newCipher(t, key)
	f := contexts(t, c)
	plain, el, sensitive := params.Property{}, params.Property{EL: true}, params.Property{Sensitive: true}
	r := params.NewResolver(f, "g", c)
	for name, tc := range map[string]struct {
		value string
		p     params.Property
		want  string
		err   error
	}{
		"own wins":             {"#{a}", plain, "own a", nil},
		"nearer parent wins":   {"#{b}", plain, "near b", nil},
		"far parent":           {"x #{c} y", plain, "x far c y", nil},
		"empty":                {"#{empty}", plain, "", nil},
		"escaped":              {"##{nosuch}", plain, "#{nosuch}", nil},
		"alias":                {"#{alias}", plain, "far c", nil},
		"alias one level":      {"#{alias2}", plain, "#{c}", nil},
		"alias to nothing":     {"#{'to nothing'}", plain, "", params.ErrUnknown},
		"alias sensitivity":    {"#{'to secret'}", plain, "", params.ErrSensitive},
		"unknown":              {"#{nosuch}", plain, "", params.ErrUnknown},
		"unset":                {"#{unset}", plain, "", params.ErrNoValue},
		"plain to sensitive":   {"#{secret}", plain, "", params.ErrSensitive},
		"inside EL stays":      {"${#{a}:toUpper()} #{a}", el, "${#{a}:toUpper()} own a", nil},
		"inside EL is checked": {"${#{secret}}", el, "", params.ErrSensitive},
		"sensitive literal":    {seal(t, c, "pass"), sensitive, "pass", nil},
		"sensitive reference":  {"#{secret}", sensitive, "s3cr3t", nil},
		"sensitive alias":      {"#{'secret alias'}", sensitive, "s3cr3t", nil},
		"sensitive to plain":   {"#{a}", sensitive, "", params.ErrSensitive},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := r.Resolve(tc.value, tc.p)
			if !errors.Is(err, tc.err) || got != tc.want {
				t.Errorf("Resolve(%q) = %q, %v; want %q, %v", tc.value, got, err, tc.want, tc.err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
	for _, v := range []string{"x#{secret}", "#{secret}#{secret}"} {
		if got, err := r.Resolve(v, sensitive); err == nil {
			t.Errorf("sensitive Resolve(%q) = %q, want an error", v, got)
		}
	}
	if _, ok := r.Lookup("secret"); ok {
		t.Error("Lookup shows a sensitive parameter")
	}
	if _, err := params.NewResolver(f, "h", c).Resolve("#{a}", plain); !errors.Is(err, params.ErrUnknown) {
		t.Errorf("in a child group without a context: %v, want %v", err, params.ErrUnknown)
	}
}

func TestReferencing(t *testing.T) {
	f := contexts(t, newCipher(t, key))
	p, q := flow.NewProcessor("p", "g", "T"), flow.NewProcessor("q", "h", "T")
	for name, v := range map[string]string{
		"direct": "x #{c}", "inside": "${#{c}:toUpper()}", "alias": "#{alias}", "escaped": "##{c}", "other": "#{a}",
	} {
		p.SetProperty(name, v)
		q.SetProperty(name, v) // in a group without a context
	}
	f, _, err := f.Apply(flow.ChangeSet{Changes: []flow.Change{flow.Create(p), flow.Create(q)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ context, name, want string }{
		{"far", "c", "p.alias p.direct p.inside"}, {"child", "a", "p.other"}, {"far", "a", ""}, {"near", "c", ""},
	} {
		var got []string
		for _, r := range params.Referencing(f, tc.context, tc.name) {
			got = append(got, r.Component.Common().ID+"."+r.Property)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("Referencing(%s, %s) = %q, want %q", tc.context, tc.name, s, tc.want)
		}
	}
}

func TestParse_UnclosedExpressionsTakeNoQuadraticTime(t *testing.T) {
	long := strings.Repeat("${", 1<<19) + "#{a}"
	if names := params.Parse(long, true).Names(); len(names) != 1 {
		t.Errorf("names = %v, want a", names)
	}
}

func TestCipher(t *testing.T) {
	c := newCipher(t, key)
	// Made with Python's hashlib.pbkdf2_hmac and cryptography's AESGCM in the way of NIFI_PBKDF2_AES_GCM_256.
	const foreign = "enc{000102030405060708090a0b0c0d0e0fe951a603c521c6d562533f9a186fc3e34de1fd35129e6c95fe}"
	if got, err := c.Decrypt(foreign); err != nil || got != "pässword" {
		t.Errorf("Decrypt(value of another implementation) = %q, %v; want pässword", got, err)
	}
	one, two := seal(t, c, "x"), seal(t, c, "x")
	if one == two {
		t.Error("the same text was encrypted to the same value twice")
	}
	if got, err := c.Decrypt(one); err != nil || got != "x" {
		t.Errorf("Decrypt = %q, %v; want x", got, err)
	}
	if _, err := newCipher(t, "another key 123").Decrypt(one); !errors.Is(err, params.ErrWrongKey) {
		t.Errorf("with another key: %v, want %v", err, params.ErrWrongKey)
	}
	flipped := []byte(one)
	flipped[len(flipped)-3] ^= 1
	if _, err := c.Decrypt(string(flipped)); err == nil {
		t.Error("a changed value was decrypted")
	}
	for _, s := range []string{"", "enc{}", "enc{zz}", "plain", "enc{" + strings.Repeat("0", 62) + "}"} {
		if _, err := c.Decrypt(s); err == nil {
			t.Errorf("Decrypt(%q) succeeded", s)
		}
	}
	if _, err := params.NewCipher("short"); err == nil {
		t.Error("a key of 5 characters was taken")
	}
}

func TestCipher_CheckKey(t *testing.T) {
	c := newCipher(t, key)
	f := contexts(t, c)
	if err := c.CheckKey(f); err != nil {
		t.Errorf("CheckKey with the right key: %v", err)
	}
	err := newCipher(t, "another key 123").CheckKey(f)
	if !errors.Is(err, params.ErrWrongKey) || !strings.Contains(err.Error(), "child") {
		t.Errorf("CheckKey with another key: %v, want %v and the context's name", err, params.ErrWrongKey)
	}
}

func TestCipher_Seal(t *testing.T) {
	c := newCipher(t, key)
	p := flow.NewProcessor("p", "g", "T")
	p.SetProperty("Password", "hunter2")
	p.SetProperty("Token", "#{token}")
	p.SetProperty("URL", "http://x")
	p.Properties["Secret"] = nil
	if err := c.Seal(p.Properties, func(name string) bool { return name != "URL" }); err != nil {
		t.Fatal(err)
	}
	sealed, _ := p.Property("Password")
	if got, err := c.Decrypt(sealed); err != nil || got != "hunter2" {
		t.Errorf("password = %q, %v; want hunter2", got, err)
	}
	if token, _ := p.Property("Token"); token != "#{token}" {
		t.Errorf("reference = %q, want it unchanged", token)
	}
	if url, _ := p.Property("URL"); url != "http://x" {
		t.Errorf("property that is not sensitive = %q, want it unchanged", url)
	}
	_ = c.Seal(p.Properties, func(string) bool { return true })
	if again, _ := p.Property("Password"); again != sealed {
		t.Error("an encrypted value was encrypted again")
	}
}

func TestLoadKey(t *testing.T) {
	file := t.TempDir() + "/sensitive.key"
	made, err := params.LoadKey(vfs.OS, file, "")
	if err != nil || len(made) < params.MinKeyLength {
		t.Fatalf("first start: %q, %v; want a long key", made, err)
	}
	if info, err := vfs.OS.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file = %v, %v; want 0600", info.Mode(), err)
	}
	if again, err := params.LoadKey(vfs.OS, file, ""); err != nil || again != made {
		t.Errorf("second start: %q, %v; want %q", again, err, made)
	}
	if given, err := params.LoadKey(vfs.OS, file, "from the environment"); err != nil || given != "from the environment" {
		t.Errorf("given key: %q, %v", given, err)
	}
	if _, err := params.LoadKey(vfs.OS, file, "short"); err == nil {
		t.Error("a given key of 5 characters was taken")
	}
}
