package api_test

import (
	"strconv"
	"testing"

	"github.com/braidflow/braid/internal/flow"
)

// BenchmarkFlow asks for what a canvas polls, with 1,000 processors in the group. "inspected" is the usual case, "edited"
// that right after an edit, when all of them are validated anew.
func BenchmarkFlow(b *testing.B) {
	w := newWorld(b)
	var changes []flow.Change
	for i := range 1000 {
		p := flow.NewProcessor("p"+strconv.Itoa(i), w.root, "org.example.Source")
		p.Properties = map[string]*string{"Text": new("${now()} and ${filename:toUpper()}"), "extra": new("x")}
		changes = append(changes, flow.Create(p))
	}
	w.edit(changes...)
	for name, path := range map[string]string{
		"flow":   "/flow/process-groups/root",
		"uiOnly": "/flow/process-groups/root?uiOnly=true",
		"status": "/flow/status",
	} {
		b.Run(name+"/inspected", func(b *testing.B) {
			for b.Loop() {
				w.get(path).want(200)
			}
			b.ReportMetric(float64(w.get(path).Body.Len()), "bytes")
		})
		b.Run(name+"/edited", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				l := flow.NewLabel("l"+name+strconv.Itoa(i), w.root, "x")
				w.edit(flow.Create(l))
				w.get(path).want(200)
				w.edit(flow.Delete(flow.KindLabel, l.ID))
			}
		})
	}
}
