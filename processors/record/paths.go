package record

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/recordpath"
)

// maxPaths bounds how many compiled paths a processor remembers; Expression Language may make a new one of every FlowFile.
const maxPaths = 200

// paths remembers compiled paths by their text. It is used by many goroutines.
type paths struct {
	mu    sync.Mutex // guards known
	known map[string]*recordpath.Path
}

// compile returns the path that t makes for ff; nil if t is unset or empty.
func (p *paths) compile(t sdk.Text, ff sdk.FlowFile) (*recordpath.Path, error) {
	text, err := t.For(ff)
	if err != nil || text == "" {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if path := p.known[text]; path != nil {
		return path, nil
	}
	path, err := recordpath.Compile(text)
	if err != nil {
		return nil, err
	}
	if p.known == nil || len(p.known) >= maxPaths {
		p.known = map[string]*recordpath.Path{}
	}
	p.known[text] = path
	return path, nil
}

// named is a path that the user gave a name.
type named struct {
	name string
	path *recordpath.Path
	// field says that the path is a chain of field names, which selects one value at most.
	field bool
}

// compileAll compiles the user's own properties for ff.
func (p *paths) compileAll(props []sdk.DynamicProperty, ff sdk.FlowFile) ([]named, error) {
	out := make([]named, 0, len(props))
	for _, d := range props {
		path, err := p.compile(d.Value, ff)
		if err == nil && path == nil {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("property %q: %w", d.Name, err)
		}
		out = append(out, named{d.Name, path, isField(path.String())})
	}
	return out, nil
}

// isField tells whether a path is made of plain names only, such as /a/b.
func isField(text string) bool {
	for i := range len(text) {
		c := text[i]
		plain := c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if c == '/' && i+1 < len(text) && text[i+1] != '/' || plain && i > 0 {
			continue
		}
		return false
	}
	return text != ""
}

// checkPaths finds what is wrong with the user's own properties, as far as they do not depend on a FlowFile.
func checkPaths(props []sdk.DynamicProperty, missing string) []error {
	if len(props) == 0 {
		return []error{sdk.Problem{Property: "User-defined Properties", Reason: missing}}
	}
	var problems []error
	for _, d := range props {
		problems = append(problems, checkPath(d.Name, d.Value)...)
	}
	return problems
}

func checkPath(property string, t sdk.Text) []error {
	if !t.IsSet() || strings.Contains(t.Raw(), "${") {
		return nil
	}
	if _, err := recordpath.Compile(t.Raw()); err != nil {
		return []error{sdk.Problem{Property: property, Value: t.Raw(), Reason: err.Error()}}
	}
	return nil
}
