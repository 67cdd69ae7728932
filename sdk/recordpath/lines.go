package recordpath

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// EvalLines reads one JSON object a line from r, {"path": text, "record":
// object, "maps": [names]}, evaluates the path over the record and writes one line
// to w: {"result": [values]}, or {"error": "parse" or "eval", "message": text},
// or {"error": "input", ...} for a line that is not such an object.
// The types of the record follow from its values: whole numbers are INT or
// LONG, others DOUBLE, objects RECORDs, or MAPs if they are fields of the
// record named in maps; arrays have the type of their first element. A date is
// written as {"$millis": n} and bytes as {"$bytes": base64}. EvalLines fails
// only if r or w does.
func EvalLines(r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	out := bufio.NewWriter(w)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			answer, err := evalLine(line)
			if err != nil {
				answer = failure("input", fmt.Errorf("line %d: %w", n, err))
			}
			_, _ = out.Write(append(answer, '\n')) // an error stays until Flush
		}
		if in.Buffered() == 0 { // whoever waits for the answer gets it
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return out.Flush()
		}
	}
}

func evalLine(line []byte) ([]byte, error) {
	var q struct {
		Path   string          `json:"path"`
		Record json.RawMessage `json:"record"`
		Maps   []string        `json:"maps"`
	}
	if err := json.Unmarshal(line, &q); err != nil {
		return nil, fmt.Errorf(`expected {"path": ..., "record": ...}: %w`, err)
	}
	v, err := decodeJSON(string(q.Record))
	if err != nil {
		return nil, err
	}
	if v.Map() == nil {
		return nil, errors.New(`"record" must be an object`)
	}
	path, err := Compile(q.Path)
	if err != nil {
		return failure("parse", err), nil
	}
	found, err := path.Eval(rootRecord(v.Map(), q.Maps))
	if err != nil {
		return failure("eval", err), nil
	}
	answer := []byte(`{"result":[`)
	for i, f := range found {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = appendJSON(answer, f.Value, true)
	}
	return append(answer, "]}"...), nil
}

func failure(stage string, err error) []byte {
	answer := append([]byte(`{"error":"`), stage...)
	return append(appendQuoted(append(answer, `","message":`...), err.Error()), '}')
}

func rootRecord(m *record.Map, maps []string) *record.Record {
	return inferRecord(m, func(name string) bool { return slices.Contains(maps, name) })
}

func inferRecord(m *record.Map, isMap func(name string) bool) *record.Record {
	fields := make([]record.Field, m.Len())
	values := make([]record.Value, m.Len())
	for i := range fields {
		fields[i].Name = m.Key(i)
		values[i], fields[i].Type = infer(m.At(i), isMap != nil && isMap(m.Key(i)))
	}
	return record.Of(record.NewSchema(fields...), values...)
}

func infer(v record.Value, isMap bool) (record.Value, *record.Type) {
	switch {
	case v.Map() != nil && isMap:
		return v, record.TypeOf(v)
	case v.Map() != nil:
		r := inferRecord(v.Map(), nil)
		return record.RecordValue(r), record.RecordOf(r.Schema())
	case v.Kind() == record.KindArray:
		elem := record.String
		for i, item := range v.Array() {
			var t *record.Type
			if v.Array()[i], t = infer(item, false); i == 0 {
				elem = t
			}
		}
		return v, record.ArrayOf(elem)
	}
	return v, record.TypeOf(v)
}
