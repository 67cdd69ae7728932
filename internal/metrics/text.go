package metrics

import (
	"bytes"
	"strconv"
	"strings"
)

type kind string

const (
	counter kind = "counter"
	gauge   kind = "gauge"
)

// text collects metrics in Prometheus' text format, version 0.0.4.
type text struct {
	b    bytes.Buffer
	name string
}

// metric begins a family; its values follow.
func (t *text) metric(name string, k kind, help string) {
	t.name = name
	t.b.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + string(k) + "\n")
}

// value adds a value of the family with labels, given as names and values in turn.
func (t *text) value(v float64, labels ...string) {
	t.b.WriteString(t.name)
	for i := 0; i+1 < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		t.b.WriteByte(sep)
		t.b.WriteString(labels[i] + `="` + escape.Replace(strings.ToValidUTF8(labels[i+1], "�")) + `"`)
	}
	if len(labels) > 0 {
		t.b.WriteByte('}')
	}
	t.b.WriteByte(' ')
	t.b.Write(strconv.AppendFloat(nil, v, 'f', -1, 64))
	t.b.WriteByte('\n')
}

// one adds a family of one value.
func (t *text) one(name string, k kind, help string, v float64) {
	t.metric(name, k, help)
	t.value(v)
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
