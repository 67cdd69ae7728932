package components_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/sdk"
)

//go:generate go test . -run TestAll_AreAsInNiFi -nifi $NIFI_COMPONENTS

// testdata/nifi.json is made from a file with the definitions of NiFi's components, as its REST API gives them under
// /flow/processor-definition and the like, by kind and type: what the test needs of them, a line each.
var nifiFile = flag.String("nifi", "", "file with the definitions of NiFi's components, to make testdata/nifi.json from")

const nifiData = "testdata/nifi.json"

// definition is what the REST API says about a component type, without words.
type definition struct {
	Bundle           string                    `json:"bundle"`
	Properties       map[string]*nifiProperty  `json:"propertyDescriptors,omitempty"`
	Relationships    []named                   `json:"supportedRelationships,omitempty"`
	Dynamic          bool                      `json:"supportsDynamicProperties,omitempty"`
	DynamicRels      bool                      `json:"supportsDynamicRelationships,omitempty"`
	Input            string                    `json:"inputRequirement,omitempty"`
	Serial           bool                      `json:"triggerSerially,omitempty"`
	TriggerWhenEmpty bool                      `json:"triggerWhenEmpty,omitempty"`
	TriggerAnyRoom   bool                      `json:"triggerWhenAnyDestinationAvailable,omitempty"`
	Batching         bool                      `json:"supportsBatching,omitempty"`
	PrimaryOnly      bool                      `json:"primaryNodeOnly,omitempty"`
	SideEffectFree   bool                      `json:"sideEffectFree,omitempty"`
	Restricted       bool                      `json:"restricted,omitempty"`
	Schedule         map[string]string         `json:"defaultSchedulingPeriodBySchedulingStrategy,omitempty"`
	Penalty          string                    `json:"defaultPenaltyDuration,omitempty"`
	Yield            string                    `json:"defaultYieldDuration,omitempty"`
	BulletinLevel    string                    `json:"defaultBulletinLevel,omitempty"`
	Stateful         struct{ Scopes []string } `json:"stateful,omitzero"`
	Reads            []named                   `json:"readsAttributes,omitempty"`
	Writes           []named                   `json:"writesAttributes,omitempty"`
	Offers           []struct{ Type string }   `json:"providedApiImplementations,omitempty"`
}

type named struct {
	Name string `json:"name"`
}

type nifiProperty struct {
	Display   string                                `json:"displayName,omitempty"`
	Allowed   []struct{ Value, DisplayName string } `json:"allowableValues,omitempty"`
	Default   *string                               `json:"defaultValue,omitempty"`
	Required  bool                                  `json:"required,omitempty"`
	Sensitive bool                                  `json:"sensitive,omitempty"`
	EL        string                                `json:"expressionLanguageScope"`
	Needs     []struct {
		Property string   `json:"propertyName"`
		Values   []string `json:"dependentValues,omitempty"`
	} `json:"dependencies,omitempty"`
	Service struct{ Type string } `json:"typeProvidedByValue,omitzero"`
}

func TestAll_AreAsInNiFi(t *testing.T) {
	if *nifiFile != "" {
		takeData(t)
	}
	var nifi map[string]*definition
	data, err := os.ReadFile(nifiData)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &nifi); err != nil {
		t.Fatal(err)
	}
	bundles, seen := map[string]bool{}, map[string]bool{}
	for _, n := range nifi {
		bundles[n.Bundle] = true
	}
	for _, c := range components.All() {
		n := nifi[c.Type]
		if n == nil {
			if bundles[c.Artifact] { // the NiFi that was asked did not have all bundles
				t.Errorf("%s says that it is in NiFi's %s, but %s does not have it", c.Type, c.Artifact, nifiData)
			}
			continue
		}
		for _, d := range differences(c, n) {
			d = short(c.Type) + ": " + d
			seen[d] = true
			if deliberate[d] == "" {
				t.Errorf("not as in NiFi: %s", d)
			}
		}
	}
	for d := range deliberate {
		if !seen[d] {
			t.Errorf("no longer different from NiFi: %s: take it off the list", d)
		}
	}
}

// takeData writes what the test needs of all definitions.
func takeData(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(*nifiFile)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Components map[string]map[string]*definition
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("%s: %v", *nifiFile, err)
	}
	var lines []string
	for _, kind := range all.Components {
		for typ, d := range kind {
			line, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%q: %s", typ, line))
		}
	}
	slices.Sort(lines)
	write(t, nifiData, "{\n"+strings.Join(lines, ",\n")+"\n}\n")
}

// diff collects what is not the same.
type diff []string

func (d *diff) compare(what string, braid, nifi any) {
	if b, n := fmt.Sprint(braid), fmt.Sprint(nifi); b != n {
		*d = append(*d, fmt.Sprintf("%s: %s, NiFi %s", what, b, n))
	}
}

// names compares two lists in any order.
func (d *diff) names(what string, braid, nifi []string) {
	for _, n := range slices.Sorted(slices.Values(nifi)) {
		if !slices.Contains(braid, n) {
			*d = append(*d, fmt.Sprintf("no %s %q", what, n))
		}
	}
	for _, b := range slices.Sorted(slices.Values(braid)) {
		if !slices.Contains(nifi, b) {
			*d = append(*d, fmt.Sprintf("one more %s %q", what, b))
		}
	}
}

// differences returns in what a component is not like NiFi's, a line each.
func differences(c sdk.Component, n *definition) []string {
	var d diff
	s := describe(c)
	d.compare("bundle", c.Artifact, n.Bundle)
	d.compare("dynamic properties", s.Dynamic != nil, n.Dynamic)
	d.names("offered service", s.Facts.Services, typesOf(n))
	d.properties(s, n)
	if c.New != nil {
		d.processor(s, n)
	}
	return d
}

func (d *diff) properties(s *sdk.Spec, n *definition) {
	var braid []string
	for _, p := range s.Properties {
		braid = append(braid, p.Name)
		if q := n.Properties[p.Name]; q != nil {
			d.property(p, q)
		}
	}
	d.names("property", braid, slices.Collect(maps.Keys(n.Properties)))
}

func (d *diff) property(p *sdk.Property, q *nifiProperty) {
	what := fmt.Sprintf("property %q ", p.Name)
	display, value := q.Display, "none"
	if display == "" {
		display = p.Name
	}
	if q.Default != nil {
		value = fmt.Sprintf("%q", *q.Default)
	}
	mine := "none"
	if p.HasDefault {
		mine = fmt.Sprintf("%q", p.Default)
	}
	d.compare(what+"display name", p.Display, display)
	d.compare(what+"default", mine, value)
	d.compare(what+"required", p.Required, q.Required)
	d.compare(what+"sensitive", p.Secret, q.Sensitive)
	d.compare(what+"Expression Language", p.EL, q.EL)
	d.compare(what+"service", p.Service, q.Service.Type)
	var braid, nifi []string
	for _, a := range p.Allowed {
		if a.Display == "" {
			a.Display = a.Value
		}
		braid = append(braid, a.Value+" = "+a.Display)
	}
	for _, a := range q.Allowed {
		if p.Service == "" { // of a service the list is what happens to run
			nifi = append(nifi, a.Value+" = "+a.DisplayName)
		}
	}
	d.names(what+"value", braid, nifi)
	d.needs(what, p, q)
}

func (d *diff) needs(what string, p *sdk.Property, q *nifiProperty) {
	var braid, nifi []string
	for _, n := range p.Needs {
		braid = append(braid, n.Property+" = "+strings.Join(slices.Sorted(slices.Values(n.Values)), ", "))
	}
	for _, n := range q.Needs {
		nifi = append(nifi, n.Property+" = "+strings.Join(slices.Sorted(slices.Values(n.Values)), ", "))
	}
	d.names(what+"dependency", braid, nifi)
}

func (d *diff) processor(s *sdk.Spec, n *definition) {
	var rels, scopes []string
	for _, r := range s.AllRelationships() {
		rels = append(rels, r.Name)
	}
	d.names("relationship", rels, namesOf(n.Relationships))
	f := s.Facts
	whenNone := func(v, none string) string {
		if v == "" {
			return none
		}
		return v
	}
	d.compare("dynamic relationships", s.Dynamic != nil && s.Dynamic.Relationships, n.DynamicRels)
	d.compare("input", whenNone(string(f.Input), "INPUT_ALLOWED"), whenNone(n.Input, "INPUT_ALLOWED"))
	d.compare("serial", f.Serial, n.Serial)
	d.compare("triggered when empty", f.TriggerWhenEmpty, n.TriggerWhenEmpty)
	d.compare("triggered with any room", f.TriggerAnyRoom, n.TriggerAnyRoom)
	d.compare("batching", f.Batching, n.Batching)
	d.compare("primary only", f.PrimaryOnly, n.PrimaryOnly)
	d.compare("side effect free", f.SideEffectFree, n.SideEffectFree)
	d.compare("restricted", len(f.Restrictions) > 0, n.Restricted)
	d.compare("schedule", whenNone(f.Schedule, "0 sec"), n.Schedule["TIMER_DRIVEN"])
	d.compare("penalty", whenNone(f.Penalty, "30 sec"), n.Penalty)
	d.compare("yield", whenNone(f.Yield, "1 sec"), n.Yield)
	d.compare("bulletin level", whenNone(f.BulletinLevel, "WARN"), n.BulletinLevel)
	for _, s := range f.Scopes {
		scopes = append(scopes, string(s))
	}
	d.names("state", scopes, n.Stateful.Scopes)
	d.attributes("read", f.Reads, n.Reads)
	d.attributes("written", f.Writes, n.Writes)
}

// attributes finds those that NiFi documents and we do not; some more do no harm. Names in < > stand for others.
func (d *diff) attributes(what string, braid []sdk.Documented, nifi []named) {
	for _, name := range namesOf(nifi) {
		same := func(a sdk.Documented) bool { return a.Name == name }
		if !strings.HasPrefix(name, "<") && !slices.ContainsFunc(braid, same) {
			*d = append(*d, fmt.Sprintf("no attribute %s %q", what, name))
		}
	}
}

func namesOf(list []named) (names []string) {
	for _, n := range list {
		names = append(names, strings.TrimSpace(n.Name))
	}
	return names
}

func typesOf(n *definition) (types []string) {
	for _, o := range n.Offers {
		types = append(types, o.Type)
	}
	return types
}
