package sdktest_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

var upper = sdk.Component{Type: "test.Upper", New: func() sdk.Processor { return new(upperCase) }}

type upperCase struct {
	suffix           sdk.Text
	success, failure sdk.Relationship
}

func (p *upperCase) Describe(s *sdk.Spec) {
	s.About("Turns content into upper case.")
	s.InputRequired()
	s.Text(&p.suffix, "Suffix", "What to add.", sdk.PerFlowFile, sdk.Default("!"))
	s.Rel(&p.success, "success", "Content in upper case.")
	s.Rel(&p.failure, "failure", "Content that is empty.")
}

func (p *upperCase) Trigger(_ context.Context, s *sdk.Session) error {
	ff, ok := s.Get()
	if !ok {
		return nil
	}
	if ff.Attr("panic") != "" {
		panic("asked to")
	}
	if ff.Size() == 0 {
		return s.Fail(ff, p.failure, errors.New("there is no content"))
	}
	suffix, err := p.suffix.For(ff)
	if err != nil {
		return s.Fail(ff, p.failure, err)
	}
	out, err := s.Rewrite(ff, func(r io.Reader, w io.Writer) error {
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, strings.ToUpper(string(b))+suffix)
		return err
	})
	if err != nil {
		return s.Fail(ff, p.failure, err)
	}
	s.Counter("turned", 1)
	s.Transfer(s.PutAttr(out, "done", "yes"), p.success)
	return nil
}

func TestRun(t *testing.T) {
	got := sdktest.Run(t, upper, map[string]string{"Suffix": "-${name}"}, sdktest.FF("abc", "name", "x"), sdktest.FF(""))
	if len(got["success"]) != 1 || len(got["failure"]) != 1 {
		t.Fatalf("result = %v, want one success and one failure", got)
	}
	out := got["success"][0]
	if out.Content != "ABC-x" || out.Attrs["done"] != "yes" || out.Attrs["name"] != "x" || out.Attrs["filename"] != out.Attrs["uuid"] {
		t.Errorf("out = %+v", out)
	}
}

func TestRunner_ShowsBulletinsCountersAndEvents(t *testing.T) {
	r := sdktest.New(t, upper)
	r.Enqueue(sdktest.FF("a"), sdktest.FF(""))
	r.RunUntilEmpty()
	if b := r.Bulletins(); len(b) != 1 || !strings.Contains(b[0], "there is no content") {
		t.Errorf("bulletins = %q", b)
	}
	if n := r.Counters()["turned"]; n != 1 {
		t.Errorf("counter = %d, want 1", n)
	}
	ev := r.Events()
	if len(ev) != 1 || ev[0].Type != "CONTENT_MODIFIED" || ev[0].Attrs["done"] != "yes" {
		t.Errorf("events = %+v, want one CONTENT_MODIFIED", ev)
	}
}

func TestRunner_APanicRollsBackAndPenalizes(t *testing.T) {
	r := sdktest.New(t, upper)
	r.Enqueue(sdktest.FF("a", "panic", "yes"))
	if err := r.Trigger(); err == nil {
		t.Fatal("the panic was not reported")
	}
	if n := r.Queued(); n != 1 {
		t.Errorf("queued = %d, want the FlowFile back", n)
	}
	if err := r.Trigger(); err != nil {
		t.Errorf("the FlowFile is penalized and should not be taken: %v", err)
	}
	r.Advance(time.Minute)
	if err := r.Trigger(); err == nil {
		t.Error("the FlowFile was not taken after its penalty")
	}
}

func TestRunner_ReportsProblems(t *testing.T) {
	r := sdktest.New(t, upper)
	r.Set("Suffix", "${name:nosuch()}")
	p := r.Problems()
	if len(p) != 1 || !strings.Contains(p[0].Error(), "nosuch") {
		t.Errorf("problems = %v, want one about nosuch", p)
	}
}
