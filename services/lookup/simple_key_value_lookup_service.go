package lookup

import (
	"context"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
)

// SimpleKeyValueLookupService finds values that stand in its own properties.
var SimpleKeyValueLookupService = sdk.Component{
	Type:       "org.apache.nifi.lookup.SimpleKeyValueLookupService",
	Artifact:   "nifi-lookup-services-nar",
	NewService: func() sdk.ControllerService { return new(keyValues) },
}

type keyValues struct {
	props  []sdk.DynamicProperty
	values map[string]record.Value // set by Start
}

func (p *keyValues) Describe(s *sdk.Spec) {
	s.About("Finds the values of keys that are given as properties.", "lookup", "enrich", "key", "value")
	s.Details("The key is given as the coordinate `key`.")
	s.Offers(lookup.StringServiceType, lookup.ServiceType)
	s.Dynamics(&p.props, sdk.DynamicSpec{EL: sdk.EnvEL, NameDoc: "A key.", ValueDoc: "Its value.", Doc: "What there is to be found."})
}

// Start evaluates the values.
func (p *keyValues) Start(context.Context, *sdk.Host) error {
	p.values = make(map[string]record.Value, len(p.props))
	for _, d := range p.props {
		v, err := d.Value.For(sdk.FlowFile{})
		if err != nil {
			return err
		}
		p.values[d.Name] = record.StringValue(v)
	}
	return nil
}

// Keys implements [lookup.Service].
func (p *keyValues) Keys() []string { return []string{keyCoordinate} }

// ReturnsRecord implements [lookup.Service].
func (p *keyValues) ReturnsRecord() bool { return false }

// Lookup implements [lookup.Service].
func (p *keyValues) Lookup(_ context.Context, at map[string]record.Value, _ map[string]string) (record.Value, bool, error) {
	key := at[keyCoordinate]
	if key.IsNull() {
		return record.Null, false, nil
	}
	v, found := p.values[record.ToString(key, record.DefaultFormats)]
	return v, found, nil
}
