package flowfile_test

import (
	"fmt"
	"maps"
	"strconv"
	"testing"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

func TestAttrs_WithAndWithoutLeaveTheOriginalAlone(t *testing.T) {
	var mem flowfile.Arena
	a := flowfile.MakeAttrs(map[string]string{"color": "red", "size": "5"})
	b := a.With(&mem, flowfile.Attr{Name: "color", Value: "blue"}, flowfile.Attr{Name: "new", Value: ""})
	c := b.Without(&mem, func(n string) bool { return n == "size" })
	tests := map[string]struct {
		attrs flowfile.Attrs
		want  map[string]string
	}{
		"original": {a, map[string]string{"color": "red", "size": "5"}},
		"with":     {b, map[string]string{"color": "blue", "size": "5", "new": ""}},
		"without":  {c, map[string]string{"color": "blue", "new": ""}},
		"empty":    {"", map[string]string{}},
	}
	for name, tc := range tests {
		if got := maps.Collect(tc.attrs.All()); !maps.Equal(got, tc.want) {
			t.Errorf("%s = %v, want %v", name, got, tc.want)
		}
		if tc.attrs.Len() != len(tc.want) {
			t.Errorf("%s: Len = %d, want %d", name, tc.attrs.Len(), len(tc.want))
		}
	}
}

func TestAttrs_LaterValueOfOneChangeWins(t *testing.T) {
	a := flowfile.Attrs("").With(nil, flowfile.Attr{Name: "k", Value: "1"}, flowfile.Attr{Name: "k", Value: "2"})
	if v, _ := a.Get("k"); v != "2" || a.Len() != 1 {
		t.Errorf("k = %q of %d attributes, want 2 of 1", v, a.Len())
	}
}

func TestAttrs_ManyFromOneArenaDoNotOverlap(t *testing.T) {
	var mem flowfile.Arena
	var all []flowfile.Attrs
	for i := range 5000 {
		all = append(all, flowfile.Attrs("").With(&mem, flowfile.Attr{Name: "i", Value: strconv.Itoa(i)}))
	}
	for i, a := range all {
		if v, _ := a.Get("i"); v != strconv.Itoa(i) {
			t.Fatalf("attribute of FlowFile %d = %q", i, v)
		}
	}
}

func TestAttrs_NamesBeyondTheDictionaryStayInline(t *testing.T) {
	if !inChild(t) {
		return // a full dictionary would slow all other tests down
	}
	a := flowfile.Attrs("")
	for i := range 1<<16 + 10 {
		a = flowfile.MakeAttrs(map[string]string{fmt.Sprintf("made-of-data-%d", i): "v"})
	}
	a = a.With(nil, flowfile.Attr{Name: "never-seen", Value: "w"})
	want := map[string]string{fmt.Sprintf("made-of-data-%d", 1<<16+9): "v", "never-seen": "w"}
	if got := maps.Collect(a.All()); !maps.Equal(got, want) {
		t.Errorf("attributes = %v, want %v", got, want)
	}
	if v, ok := a.Get("never-seen"); !ok || v != "w" {
		t.Errorf("Get(never-seen) = %q, %v", v, ok)
	}
}

func TestFlowFile_HasTheImpliedAttributes(t *testing.T) {
	ff := &flowfile.FlowFile{UUID: flowfile.NewUUID(), Attrs: flowfile.MakeAttrs(map[string]string{"path": "in/"})}
	id := ff.UUID.String()
	want := map[string]string{"uuid": id, "filename": id, "path": "in/"}
	if got := maps.Collect(ff.All()); !maps.Equal(got, want) {
		t.Errorf("attributes = %v, want %v", got, want)
	}
	back, err := flowfile.ParseUUID(id)
	if err != nil || back != ff.UUID {
		t.Errorf("ParseUUID(%q) = %v, %v", id, back, err)
	}
	if _, err := flowfile.ParseUUID("not-a-uuid"); err == nil {
		t.Error("ParseUUID took rubbish")
	}
}
