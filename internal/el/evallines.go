package el

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// request is one line of EvalLines' input.
type request struct {
	Expression string            `json:"expression"`
	Attributes orderedAttrs      `json:"attributes"`
	State      map[string]string `json:"state"`
}

// response is one line of its output.
type response struct {
	Result  *string `json:"result,omitempty"`
	Error   string  `json:"error,omitempty"`
	Message string  `json:"message,omitempty"`
}

// EvalLines answers requests, one JSON object a line, in order:
//
//	{"expression": "${a:toUpper()}", "attributes": {"a": "x"}, "state": {}}
//	{"result": "X"}
//	{"error": "parse", "message": "Unexpected token ..."}
//
// error is "parse" (does not compile), "eval" (NiFi's own exception) or
// "runtime" (another Java exception). There are no environment variables and no
// parameters; the zone is UTC. A line that is not such an object ends it with an
// error, as do errors of r and w.
func EvalLines(r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if len(text) > 1 {
			var req request
			if err := json.Unmarshal(text, &req); err != nil {
				return errors.Join(fmt.Errorf("read request on line %d: %w", line, err), out.Flush())
			}
			if err := enc.Encode(answer(req)); err != nil {
				return err
			}
		}
		if in.Buffered() == 0 { // the caller may be waiting for this answer
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("read request on line %d: %w", line, err)
		}
	}
}

func answer(req request) response {
	e, err := CompileUnresolved(req.Expression)
	if err != nil {
		return response{Error: "parse", Message: err.Error()}
	}
	env := &Env{Attributes: req.Attributes, State: func(key string) (string, bool) {
		v, ok := req.State[key]
		return v, ok
	}}
	text, err := e.Eval(env)
	var own *EvalError
	switch {
	case err == nil:
		return response{Result: &text}
	case errors.As(err, &own):
		return response{Error: "eval", Message: err.Error()}
	}
	return response{Error: "runtime", Message: err.Error()}
}

// orderedAttrs keeps attributes in the order in which they were written.
type orderedAttrs []struct{ name, value string }

func (a orderedAttrs) Attr(name string) (string, bool) {
	for _, p := range a {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

func (a orderedAttrs) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, p := range a {
			if !yield(p.name, p.value) {
				return
			}
		}
	}
}

// UnmarshalJSON reads an object of strings; a later name replaces an earlier one.
func (a *orderedAttrs) UnmarshalJSON(text []byte) error {
	var values map[string]string
	if err := json.Unmarshal(text, &values); err != nil || values == nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		if _, err := dec.Token(); err != nil {
			return err
		}
		name := key.(string) // the keys of an object are strings
		if !seen[name] {
			seen[name] = true
			*a = append(*a, struct{ name, value string }{name, values[name]})
		}
	}
	return nil
}
