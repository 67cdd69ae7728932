package core_test

import (
	"maps"
	"testing"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestUpdateAttribute(t *testing.T) {
	for name, c := range map[string]struct {
		props, want map[string]string
		gone        []string
	}{
		"sets": {props: map[string]string{"b": "${a}-${fileSize}"}, want: map[string]string{"a": "1", "b": "1-7"}},
		"all values come from the old attributes": {
			props: map[string]string{"a": "2", "b": "${a}"}, want: map[string]string{"a": "2", "b": "1"},
		},
		"deletes": {
			props: map[string]string{"Delete Attributes Expression": "a|x.*"}, gone: []string{"a", "x.1", "x.2"},
			want: map[string]string{"ax": "kept"},
		},
		"deletes by an expression": {
			props: map[string]string{"Delete Attributes Expression": "x\\.${a}"}, gone: []string{"x.1"},
			want: map[string]string{"x.2": ""},
		},
		"deleting wins": {props: map[string]string{"Delete Attributes Expression": "a", "a": "2"}, gone: []string{"a"}},
		"a new attribute is not deleted": {
			props: map[string]string{"Delete Attributes Expression": "new", "new": "2"}, want: map[string]string{"new": "2"},
		},
		"filename stays": {
			props: map[string]string{"Delete Attributes Expression": ".*", "filename": "f"}, want: map[string]string{"filename": "f"},
			gone: []string{"a", "ax"},
		},
		"an old configuration": {props: map[string]string{"Cache Value Lookup Cache Size": "5", "b": ""}, want: map[string]string{"b": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			out := sdktest.Run(t, core.UpdateAttribute, c.props,
				sdktest.FF("content", "a", "1", "x.1", "", "x.2", "", "ax", "kept"))["success"]
			if len(out) != 1 || out[0].Content != "content" {
				t.Fatalf("got %+v", out)
			}
			for k, want := range c.want {
				if got, has := out[0].Attrs[k]; got != want || !has {
					t.Errorf("%s = %q (set: %v), want %q", k, got, has, want)
				}
			}
			for _, k := range c.gone {
				if v, has := out[0].Attrs[k]; has {
					t.Errorf("%s = %q was not deleted", k, v)
				}
			}
		})
	}
}

func TestUpdateAttribute_KeepsState(t *testing.T) {
	r := sdktest.New(t, core.UpdateAttribute)
	r.Set("Store State", "Store state locally")
	r.Set("Stateful Variables Initial Value", "0")
	r.Set("sum", "${getStateValue('sum'):plus(${n})}")
	r.Enqueue(sdktest.FF("", "n", "1"), sdktest.FF("", "n", "2"))
	r.RunUntilEmpty()
	r.Stop() // the state outlives the instance
	r.Enqueue(sdktest.FF("", "n", "3"))
	r.RunUntilEmpty()
	var got []string
	for _, ff := range r.Out()["success"] {
		got = append(got, ff.Attrs["sum"])
	}
	if len(got) != 3 || got[0] != "1" || got[1] != "3" || got[2] != "6" {
		t.Errorf("sums = %v, want [1 3 6]", got)
	}
	if s := r.State(sdk.Local); !maps.Equal(s, map[string]string{"sum": "6"}) {
		t.Errorf("state = %v", s)
	}
}

func TestUpdateAttribute_ABadFlowFileStaysAndTheOthersPass(t *testing.T) {
	r := sdktest.New(t, core.UpdateAttribute)
	r.Set("Delete Attributes Expression", "${re}")
	r.Enqueue(sdktest.FF("1", "re", "a"), sdktest.FF("2", "re", "("), sdktest.FF("3", "re", "b"))
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	if out := r.Out()["success"]; len(out) != 2 {
		t.Errorf("%d passed, want 2", len(out))
	}
	if n := r.Queued(); n != 1 {
		t.Errorf("%d in the queue, want 1", n)
	}
	if b := r.Bulletins(); len(b) != 1 {
		t.Errorf("bulletins = %q, want one", b)
	}
}

func TestUpdateAttribute_ReportsAnAlternateIdentifier(t *testing.T) {
	r := sdktest.New(t, core.UpdateAttribute)
	r.Set("alternate.identifier", "urn:isbn:0-395-36341-1")
	r.Enqueue(sdktest.FF(""))
	r.RunUntilEmpty()
	for _, e := range r.Events() {
		if e.Type == "ADDINFO" {
			return
		}
	}
	t.Errorf("events = %+v, want ADDINFO", r.Events())
}

func TestUpdateAttribute_ReportsProblems(t *testing.T) {
	for name, props := range map[string]map[string]string{
		"state without initial value": {"Store State": "Store state locally"},
		"not a pattern":               {"Delete Attributes Expression": "("},
		"uuid":                        {"uuid": "1"},
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, sdktest.New(t, core.UpdateAttribute), props) })
	}
}
