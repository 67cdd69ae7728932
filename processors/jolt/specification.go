package jolt

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jolt"
	"github.com/braidflow/braid/sdk/jsonpath"
)

const (
	strategyChain  = "jolt-transform-chain"
	strategySort   = "jolt-transform-sort"
	strategyCustom = "jolt-transform-custom"
)

// operations are the names by which a chain knows the strategies.
var operations = map[string]string{
	"jolt-transform-card": "cardinality", "jolt-transform-default": "default", "jolt-transform-modify-default": "modify-default-beta",
	"jolt-transform-modify-define": "modify-define-beta", "jolt-transform-modify-overwrite": "modify-overwrite-beta",
	"jolt-transform-remove": "remove", "jolt-transform-shift": "shift", strategySort: "sort",
}

// specification are the properties that say how to transform.
type specification struct {
	strategy          string
	spec, customClass sdk.Text
	modules           string
	cacheSize         int
	mu                sync.Mutex // guards known
	known             map[string]*jolt.Transform
}

func (p *specification) describe(s *sdk.Spec) {
	sdk.Choice(s, &p.strategy, "Jolt Transform", "The operation.", nil, sdk.Required, sdk.Default(strategyChain), sdk.OneOf(
		sdk.Allowed{Value: "jolt-transform-card", Display: "Cardinality", Doc: "Makes lists of single values, or the first of a list of a list."},
		sdk.Allowed{Value: strategyChain, Display: "Chain", Doc: "Several operations one after the other."},
		sdk.Allowed{Value: "jolt-transform-default", Display: "Default", Doc: "Sets values that are missing."},
		sdk.Allowed{Value: "jolt-transform-modify-default", Display: "Modify - Default", Doc: "Sets values that are missing or null, also by functions."},
		sdk.Allowed{Value: "jolt-transform-modify-define", Display: "Modify - Define", Doc: "Sets values that are missing, also by functions."},
		sdk.Allowed{Value: "jolt-transform-modify-overwrite", Display: "Modify - Overwrite", Doc: "Sets values, also by functions."},
		sdk.Allowed{Value: "jolt-transform-remove", Display: "Remove", Doc: "Removes values."},
		sdk.Allowed{Value: "jolt-transform-shift", Display: "Shift", Doc: "Copies values to other places, which make up the result."},
		sdk.Allowed{Value: strategySort, Display: "Sort", Doc: "Sorts the members of all objects by name."},
		sdk.Allowed{Value: strategyCustom, Display: "Custom", Doc: "A Java class, which cannot run here: kept so that flows load, and not valid."}))
	s.Text(&p.spec, "Jolt Specification", "The specification in JSON, or the path of a file that holds it. Sort needs none.", sdk.PerFlowFile, sdk.Refers(sdk.File))
	custom := sdk.When("Jolt Transform", strategyCustom)
	s.Text(&p.customClass, "Custom Transformation Class Name", "The Java class of NiFi's Custom: accepted and not used.", sdk.PerFlowFile, custom)
	s.String(&p.modules, "Custom Module Directory", "Where NiFi finds the class: accepted and not used.", sdk.FromEnv, sdk.Refers(sdk.File), custom,
		func(p *sdk.Property) { p.Multiple = true })
	s.Int(&p.cacheSize, "Transform Cache Size", "How many compiled specifications are remembered, where Expression Language makes more than one.",
		sdk.Required, sdk.Default("1"))
}

func migrate(values map[string]string) {
	for _, r := range [][2]string{
		{"jolt-transform", "Jolt Transform"},
		{"jolt-spec", "Jolt Specification"},
		{"jolt-custom-class", "Custom Transformation Class Name"},
		{"jolt-custom-modules", "Custom Module Directory"},
		{"pretty_print", "Pretty Print"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

// Validate wants a specification that compiles.
func (p *specification) Validate() []error {
	problem := func(property, reason string) []error { return []error{sdk.Problem{Property: property, Reason: reason}} }
	switch {
	case p.strategy == strategyCustom:
		return problem("Jolt Transform", "Java classes cannot run here: use the other operations")
	case p.cacheSize < 1:
		return problem("Transform Cache Size", "it must be at least 1")
	case p.strategy == strategySort:
		return nil
	case p.spec.Raw() == "":
		return problem("Jolt Specification", "'Jolt Specification' must be set, or the Transformation must be 'Sort'")
	case strings.Contains(p.spec.Raw(), "${"):
		return nil
	}
	if _, err := p.compile(p.spec.Raw()); err != nil {
		return problem("Jolt Specification", "Specification not valid: "+err.Error())
	}
	return nil
}

// of returns the transform for a FlowFile.
func (p *specification) of(ff sdk.FlowFile) (*jolt.Transform, error) {
	text := ""
	if p.strategy != strategySort {
		var err error
		if text, err = p.spec.For(ff); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.known[text]; t != nil {
		return t, nil
	}
	t, err := p.compile(text)
	if err != nil {
		return nil, err
	}
	if p.known == nil || len(p.known) >= p.cacheSize {
		p.known = map[string]*jolt.Transform{}
	}
	p.known[text] = t
	return t, nil
}

func (p *specification) compile(text string) (*jolt.Transform, error) {
	if p.strategy == strategySort {
		return jolt.Compile("sort", nil)
	}
	if trimmed := strings.TrimSpace(text); !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		b, err := os.ReadFile(trimmed)
		if err != nil {
			return nil, fmt.Errorf("the specification is neither JSON nor a file that can be read: %w", err)
		}
		text = string(b)
	}
	spec, err := jsonpath.Parse(text)
	if err != nil {
		return nil, err
	}
	if p.strategy == strategyChain {
		return jolt.CompileChain(spec)
	}
	return jolt.Compile(operations[p.strategy], spec)
}
