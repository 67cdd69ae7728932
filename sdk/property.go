package sdk

import "slices"

// Scope says which values the Expression Language in a property may refer to.
type Scope string

// The scopes of NiFi's ExpressionLanguageScope.
const (
	NoEL       Scope = "NONE"
	EnvEL      Scope = "ENVIRONMENT"         // evaluated once, when the component is configured
	FlowFileEL Scope = "FLOWFILE_ATTRIBUTES" // evaluated for each FlowFile
)

// Property describes one property for validation, the REST API, the UI and the documentation.
type Property struct {
	Name, Display, Doc string
	Default            string
	HasDefault         bool
	Required, Secret   bool
	Empty              bool // a required value may be the empty text
	EL                 Scope
	Allowed            []Allowed
	Needs              []Need // the property applies only if all of them hold
	Service            string // type name of the service interface that it refers to
	Resource           Resource
	Multiple           bool // several resources, separated by commas
	Dynamic            bool
	TypeName           string // what a value must look like, for documentation: "duration", "integer" ...

	set     func(v Value) error
	accepts func(service any) bool
}

// Allowed is one value of an enumeration.
type Allowed struct{ Value, Display, Doc string }

// Need is a dependency on another property: it must be set and, if there are Values, hold one of them.
type Need struct {
	Property string
	Values   []string
}

// Resource says that the value names something outside of the flow.
type Resource string

// The kinds of NiFi's ResourceType.
const (
	File      Resource = "FILE"
	Directory Resource = "DIRECTORY"
	URL       Resource = "URL"
)

// Option adjusts a property.
type Option func(*Property)

// Default sets the value that is used when the user has set none.
func Default(v string) Option { return func(p *Property) { p.Default, p.HasDefault = v, true } }

// Required refuses to start the component without a value.
func Required(p *Property) { p.Required = true }

// MayBeEmpty lets the value of a required property be the empty text.
func MayBeEmpty(p *Property) { p.Empty = true }

// Secret marks a value that is never shown and is encrypted at rest.
func Secret(p *Property) { p.Secret = true }

// PerFlowFile lets the value use the attributes of the FlowFile at hand.
func PerFlowFile(p *Property) { p.EL = FlowFileEL }

// FromEnv lets the value use Expression Language over the environment.
func FromEnv(p *Property) { p.EL = EnvEL }

// Display sets the name that users see where it differs from the name in flow definitions.
func Display(name string) Option { return func(p *Property) { p.Display = name } }

// When makes the property apply only while another one holds one of the values (or any, if none are given).
func When(property string, values ...string) Option {
	return func(p *Property) { p.Needs = append(p.Needs, Need{property, values}) }
}

// Refers says that the value names a file, folder or URL.
func Refers(kind Resource) Option { return func(p *Property) { p.Resource = kind } }

// OneOf gives an enumeration that needs display names or help for its values; see also [Choice].
func OneOf(allowed ...Allowed) Option {
	return func(p *Property) { p.Allowed = allowed }
}

// Accepts tells whether the property, which must refer to a service, can use this one.
func (p *Property) Accepts(service any) bool { return p.accepts != nil && p.accepts(service) }

func (p *Property) allows(v string) bool {
	return len(p.Allowed) == 0 || slices.ContainsFunc(p.Allowed, func(a Allowed) bool { return a.Value == v })
}
