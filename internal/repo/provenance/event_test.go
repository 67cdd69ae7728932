package provenance_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
)

func TestAppendEvent_DecodesToTheSame(t *testing.T) {
	before := flowfile.MakeAttrs(map[string]string{"a": "1", "b": "2", "c": "3", "filename": "f.csv"})
	after := before.With(nil, flowfile.Attr{Name: "b", Value: "22"}, flowfile.Attr{Name: "d", Value: ""}).
		Without(nil, func(n string) bool { return n == "c" || n == "filename" })
	claim := content.Claim{Segment: 7, Offset: 1 << 40, Length: 99, Sum: 0xdeadbeef}
	id := flowfile.NewUUID()
	full := provenance.Event{
		Type: provenance.Fork, Time: 1_790_000_000_123, Duration: 55, Lineage: 1_790_000_000_999, UUID: id, Size: 12,
		ComponentID: provenance.MakeName("c1"), ComponentType: provenance.MakeName("SplitText"),
		SourceQueue: provenance.MakeName("q1"), Relationship: provenance.MakeName("splits"),
		Before: claim, After: content.Claim{Segment: 8, Length: 3}, TransitURI: "file:///x", Details: "dé",
		AlternateID: "urn:x", SourceSystemID: "s", Parents: []flowfile.UUID{id},
		Children: []flowfile.UUID{flowfile.NewUUID(), flowfile.NewUUID()}, Attrs: before, Updated: after,
	}
	same := full
	same.Updated, same.After, same.Size, same.Children = before, claim, 99, nil
	tests := map[string]struct {
		event   provenance.Event
		changed map[string]string // with "<nil>" for removed
	}{
		"empty":         {provenance.Event{UUID: id}, map[string]string{}},
		"everything":    {full, map[string]string{"b": "22", "c": "<nil>", "d": "", "filename": id.String()}},
		"nothing moves": {same, map[string]string{}},
	}
	for name, tc := range tests {
		blob := provenance.AppendEvent(provenance.AppendEvent(nil, &provenance.Event{}), &tc.event)
		got, err := provenance.Decode(blob, flowfile.Names(), 41)
		if err != nil || len(got) != 2 {
			t.Fatalf("%s: %d events, %v", name, len(got), err)
		}
		r := got[1]
		if changed := changes(&r); !maps.Equal(changed, tc.changed) {
			t.Errorf("%s: changed = %v, want %v", name, changed, tc.changed)
		}
		ff := flowfile.FlowFile{UUID: id, Attrs: tc.event.Updated}
		if want := maps.Collect(ff.All()); !maps.Equal(r.Attributes(), want) {
			t.Errorf("%s: attributes = %v, want %v", name, r.Attributes(), want)
		}
		if r.ComponentID.String() != tc.event.ComponentID.String() || r.ID != 42 {
			t.Errorf("%s: component %q, id %d", name, r.ComponentID, r.ID)
		}
		want := tc.event
		want.Attrs, want.Updated = "", ""
		for _, e := range []*provenance.Event{&want, &r.Event} { // a decoded name has no number
			for _, n := range []*provenance.Name{&e.ComponentID, &e.ComponentType, &e.SourceQueue, &e.Relationship} {
				*n = provenance.Name{}
			}
		}
		if !reflect.DeepEqual(r.Event, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, r.Event, want)
		}
	}
}

func changes(r *provenance.Record) map[string]string {
	m := map[string]string{}
	for k, v := range r.Changed {
		m[k] = "<nil>"
		if v != nil {
			m[k] = *v
		}
	}
	return m
}

func TestAppendEvent_CutsLongTexts(t *testing.T) {
	long := strings.Repeat("é", provenance.MaxText)
	e := provenance.Event{Details: "x" + long, Attrs: flowfile.MakeAttrs(map[string]string{"big": long, "small": "s"})}
	e.Updated = e.Attrs.With(nil, flowfile.Attr{Name: "big", Value: long + "!"})
	got, err := provenance.Decode(provenance.AppendEvent(nil, &e), flowfile.Names(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got[0].Details); n != provenance.MaxText-1 { // "x" shifts the runes
		t.Errorf("details have %d bytes, want %d", n, provenance.MaxText-1)
	}
	for name, v := range got[0].Attributes() {
		if len(v) > provenance.MaxText {
			t.Errorf("%s has %d bytes", name, len(v))
		}
	}
	if got[0].Previous["small"] != "s" {
		t.Error("a short value was changed")
	}
}

func TestAppendEvent_TooLargeLosesAttributesAndSaysSo(t *testing.T) {
	m := map[string]string{}
	for i := range 1100 {
		m[strings.Repeat("n", i+1)] = strings.Repeat("v", 60<<10)
	}
	e := provenance.Event{Details: "mine", Attrs: flowfile.MakeAttrs(m)}
	got, err := provenance.Decode(provenance.AppendEvent(nil, &e), flowfile.Names(), 0)
	if err != nil || len(got[0].Previous) != 3 || !strings.HasSuffix(got[0].Details, "too large. mine") {
		t.Errorf("details %q, %d attributes, %v", got[0].Details, len(got[0].Previous), err)
	}
}

func TestAppendEvent_AllocatesNothing(t *testing.T) {
	e := benchEvent()
	buf := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() { buf = provenance.AppendEvent(buf[:0], &e) }); n != 0 {
		t.Errorf("%v allocations an event, want 0", n)
	}
	t.Logf("%d bytes an event", len(buf))
}

// benchEvent is an attribute change of a FlowFile with five attributes.
func benchEvent() provenance.Event {
	attrs := flowfile.MakeAttrs(map[string]string{
		"filename": "flights-2013-01-01.csv", "mime.type": "text/csv", "carrier": "UA", "record.count": "842",
	})
	claim := content.Claim{Segment: 12, Offset: 123456, Length: 1024, Sum: 0x12345678}
	return provenance.Event{
		Type: provenance.AttributesModified, Time: 1_790_000_000_123, Lineage: 1_790_000_000_100, UUID: flowfile.NewUUID(),
		ComponentID:   provenance.MakeName("0a1b2c3d-0000-1000-8000-000000000001"),
		ComponentType: provenance.MakeName("UpdateAttribute"), SourceQueue: provenance.MakeName("queue-1"),
		Before: claim, After: claim, Size: 1024, Attrs: attrs,
		Updated: attrs.With(nil, flowfile.Attr{Name: "late", Value: "true"}),
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	e := benchEvent()
	var buf []byte
	for b.Loop() {
		buf = provenance.AppendEvent(buf[:0], &e)
	}
}

func FuzzDecode(f *testing.F) {
	e := benchEvent()
	f.Add(provenance.AppendEvent(nil, &e))
	f.Add([]byte{0x85, 0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, blob []byte) {
		all, err := provenance.Decode(blob, flowfile.Names(), 0)
		if err == nil && len(blob) > 0 && len(all) == 0 {
			t.Error("events vanished")
		}
	})
}
