package text

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/javaregex"
)

func FuzzLines(f *testing.F) {
	f.Add("a\r\nb\rc\n\n", 5)
	f.Add("\r", 1)
	f.Fuzz(func(t *testing.T, in string, chunk int) {
		l := newLineScanner(&slow{strings.NewReader(in), chunk}, 0)
		skipper := newLineScanner(&slow{strings.NewReader(in), chunk}, 0)
		var all strings.Builder
		for {
			line, err := l.next()
			n, end, _, serr := skipper.skip(nil)
			if err == io.EOF && serr == io.EOF {
				break
			}
			text, ends := content(line)
			if err != nil || serr != nil || n != int64(len(line)) || len(ends) > 2 || bytes.ContainsAny(text, "\r\n") || end != int64(len(ends)) {
				t.Fatalf("line %q: end %d, length %d, errors %v and %v", line, end, n, err, serr)
			}
			all.Write(line)
		}
		if all.String() != in {
			t.Fatalf("got %q, want %q", all.String(), in)
		}
	})
}

// slow reads a few bytes at a time.
type slow struct {
	r io.Reader
	n int
}

func (s *slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), max(s.n, 1))]) }

func FuzzAvro(f *testing.F) {
	f.Add([]byte("Obj\x01\x02\x02a\x02b\x00AAAAAAAAAAAAAAAA\x02\x02xAAAAAAAAAAAAAAAA"))
	f.Add([]byte("Obj\x01\x01\x02"))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := openAvro(bytes.NewReader(in))
		if err != nil {
			return
		}
		var blocks bytes.Buffer
		if file.copyBlocks(&blocks, file.sync) != nil {
			return
		}
		again, err := openAvro(bytes.NewReader(append(file.header(), blocks.Bytes()...)))
		if err != nil || len(again.meta) != len(file.meta) {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

func FuzzSubstitute(f *testing.F) {
	f.Add("${a} $${a} ${b:-c} ${", "${b}")
	f.Fuzz(func(t *testing.T, in, value string) {
		s := substitutor{lookup: func(name string) (string, bool) { return value, len(name) == 1 }}
		out, err := s.replace(in)
		if err == nil && !strings.Contains(in, "${") && out != in {
			t.Fatalf("got %q, want %q", out, in)
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("$1 \\$1 $12 $", "abc")
	f.Fuzz(func(t *testing.T, value, in string) {
		re, err := javaregex.Compile("(.)(x)?", 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = re.FindAll(in, func(loc []int) bool {
			var b strings.Builder
			expand(&b, escape(value), in, loc)
			if !strings.ContainsAny(value, `$\`) && b.String() != value {
				t.Fatalf("got %q, want %q", b.String(), value)
			}
			return true
		})
	})
}
