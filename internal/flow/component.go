package flow

// Component is one thing in a flow. The types of this package are the only ones that satisfy it.
type Component interface {
	// Common is what all components have; it is read only unless the component is the caller's own copy.
	Common() *Base
	Kind() Kind

	clone() Component
	check() error
}

// Base is what all components have.
type Base struct {
	// ID is unique in the whole flow and never changes.
	ID string `json:"-"`
	// GroupID is the group that the component lives in; empty for the root group and for what belongs to the
	// whole flow. Only [Move] changes it.
	GroupID string `json:"-"`
	// Revision is set by Apply.
	Revision Revision `json:"-"`

	// VersionedID is the id that a versioned flow gave the component, the same in every environment; empty if none did.
	VersionedID string   `json:"versionedId,omitempty"`
	Name        string   `json:"name,omitempty"`
	Comments    string   `json:"comments,omitempty"`
	Position    Position `json:"position,omitzero"`
}

// Common is the Base itself.
func (b *Base) Common() *Base { return b }

// Position is a place on the canvas, in pixels at zoom 1.
type Position struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Revision is the optimistic lock of one component: an edit names the revision that it was made from.
type Revision struct {
	Version      uint64 `json:"version"`
	ClientID     string `json:"clientId,omitempty"`
	LastModifier string `json:"lastModifier,omitempty"`
}

// Accepts tells whether an edit made from the given version by the given client may replace r. As in NiFi, a client
// that made the last change itself may send an old version.
func (r Revision) Accepts(version uint64, clientID string) bool {
	return version == r.Version || (clientID != "" && clientID == r.ClientID)
}

// Bundle names the package that a component's code comes from.
type Bundle struct {
	Group    string `json:"group,omitempty"`
	Artifact string `json:"artifact,omitempty"`
	Version  string `json:"version,omitempty"`
}

// Extension is what all components with code of their own have.
type Extension struct {
	// Type is the full name of the component's type, such as
	// "org.apache.nifi.processors.standard.ReplaceText". An unknown type is kept.
	Type   string `json:"type"`
	Bundle Bundle `json:"bundle,omitzero"`
	// Properties holds the values as the user wrote them, those of sensitive properties encrypted ("enc{...}") unless
	// they are a parameter reference. A nil value says that the property is known and unset.
	Properties map[string]*string `json:"properties,omitempty"`
	// Descriptors holds what must be known of a property without the component's code: which dynamic ones are
	// sensitive, and all of a type that is not installed.
	Descriptors    map[string]PropertyDescriptor `json:"descriptors,omitempty"`
	AnnotationData string                        `json:"annotationData,omitempty"`
}

// PropertyDescriptor says what kind of value a property holds.
type PropertyDescriptor struct {
	DisplayName string `json:"displayName,omitempty"`
	Service     bool   `json:"service,omitempty"` // the value is the id of a controller service
	Sensitive   bool   `json:"sensitive,omitempty"`
	Dynamic     bool   `json:"dynamic,omitempty"`
}

// Code is the Extension itself, so that all components with code can be told by interface{ Code() *Extension }.
func (e *Extension) Code() *Extension { return e }

// Property returns a property's value, and false if it is absent or unset.
func (e *Extension) Property(name string) (string, bool) {
	if v := e.Properties[name]; v != nil {
		return *v, true
	}
	return "", false
}

// SetProperty sets a property of a copy made by [Clone].
func (e *Extension) SetProperty(name, value string) {
	if e.Properties == nil {
		e.Properties = map[string]*string{}
	}
	e.Properties[name] = &value
}

// Clone returns a copy of a component that shares nothing with it.
func Clone[C Component](c C) C { return c.clone().(C) }

// Check tells what is wrong with a component's settings, as Apply does before it takes one.
func Check(c Component) error { return c.check() }
