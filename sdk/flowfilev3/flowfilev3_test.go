package flowfilev3_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/flowfilev3"
)

func encode(attrs map[string]string, content string) []byte {
	return append(flowfilev3.AppendHeader(nil, attrs, int64(len(content))), content...)
}

func TestHeader_HasTheBytesThatNiFiWrites(t *testing.T) {
	got := encode(map[string]string{"b": "2", "a": "é"}, "hi")
	want := "NiFiFF3\x00\x02\x00\x01a\x00\x02é\x00\x01b\x00\x012\x00\x00\x00\x00\x00\x00\x00\x02hi"
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReader_ReadsWhatWasWritten(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	type flowFile struct {
		attrs   map[string]string
		content string
	}
	all := []flowFile{
		{map[string]string{"filename": "a"}, "first"},
		{map[string]string{}, ""},
		{map[string]string{"long": long, "empty": ""}, long},
	}
	var stream []byte
	for _, f := range all {
		stream = append(stream, encode(f.attrs, f.content)...)
	}
	for _, skip := range []bool{false, true} {
		r := flowfilev3.NewReader(bytes.NewReader(stream))
		for i, f := range all {
			attrs, size, err := r.Next()
			if err != nil || size != int64(len(f.content)) || !maps.Equal(attrs, f.attrs) {
				t.Fatalf("FlowFile %d: got %v, %d, %v", i, attrs, size, err)
			}
			if skip {
				continue
			}
			if b, err := io.ReadAll(r); err != nil || string(b) != f.content {
				t.Fatalf("FlowFile %d: got content %.20q, %v", i, b, err)
			}
		}
		if _, _, err := r.Next(); err != io.EOF {
			t.Fatalf("at the end: got %v, want EOF", err)
		}
	}
}

func TestReader_RefusesEachTruncation(t *testing.T) {
	whole := encode(map[string]string{"filename": "a"}, "content")
	for n := 1; n < len(whole); n++ {
		r := flowfilev3.NewReader(bytes.NewReader(whole[:n]))
		_, _, err := r.Next()
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.Is(err, flowfilev3.ErrFormat) {
			t.Errorf("cut at %d: got %v, want ErrFormat", n, err)
		}
	}
}

func TestReader_BoundsAttributes(t *testing.T) {
	claims := []byte("NiFiFF3\xff\xff\x7f\xff\xff\xff\xff\xff\x7f\xff\xff\xff")
	if _, _, err := flowfilev3.NewReader(bytes.NewReader(claims)).Next(); !errors.Is(err, flowfilev3.ErrFormat) {
		t.Errorf("got %v, want ErrFormat", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(encode(map[string]string{"a": "b"}, "content"))
	f.Add([]byte("NiFiFF3\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("NiFiFF2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := flowfilev3.NewReader(bytes.NewReader(b))
		var again []byte
		for {
			attrs, size, err := r.Next()
			if err != nil {
				return
			}
			content, err := io.ReadAll(r)
			if err != nil {
				return
			}
			if int64(len(content)) != size {
				t.Fatalf("size %d, content of %d", size, len(content))
			}
			again = append(again, encode(attrs, string(content))...)
			if len(again) > len(b) {
				t.Fatalf("%d bytes were read from %d", len(again), len(b))
			}
		}
	})
}
