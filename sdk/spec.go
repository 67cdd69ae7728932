package sdk

import "time"

// Requirement says what a processor wants of incoming connections.
type Requirement string

// The values of NiFi's InputRequirement.
const (
	InputAllowed   Requirement = "INPUT_ALLOWED"
	InputRequired  Requirement = "INPUT_REQUIRED"
	InputForbidden Requirement = "INPUT_FORBIDDEN"
)

// Relationship is a named way out of a processor. The zero Relationship is none.
type Relationship struct {
	Name, Doc string
	// AutoTerminated is the default of a new processor.
	AutoTerminated bool
	needs          []Need
}

// Facts are fixed properties of a component's type.
type Facts struct {
	Input            Requirement
	Serial           bool // never more than one concurrent task
	PrimaryOnly      bool
	Batching         bool // run duration may be set: sessions of one task are committed together
	SideEffectFree   bool
	TriggerWhenEmpty bool // triggered with connections that hold nothing
	TriggerAnyRoom   bool // triggered while any outgoing connection has room, not all
	Push             bool // data comes by Wake or NewSession, not by the schedule
	Scopes           []StateScope
	StateDoc         string
	Restrictions     []Restriction
	Schedule         string // default run schedule, e.g. "1 min"
	Cron             bool   // Schedule is a cron expression
	Yield, Penalty   string // default durations, "" for the usual ones
	RunDuration      time.Duration
	BulletinLevel    string
	Reads, Writes    []Documented
	Services         []string // type names of the interfaces that a controller service offers
}

// Restriction is a permission that a user needs beside the usual ones, with the reason.
type Restriction struct{ Permission, Doc string }

// Documented is a named thing, such as an attribute, with its meaning.
type Documented struct{ Name, Doc string }

// Spec collects what a component declares about itself: one source for validation, the REST descriptors, the UI's
// forms and the documentation.
type Spec struct {
	Summary    string
	Long       string // more help, in Markdown
	Tags       []string
	Properties []*Property
	Facts      Facts
	Dynamic    *DynamicSpec // nil: dynamic properties are not supported

	rels    []*Relationship
	values  map[string]string // of the last Configure
	dynRels func() []Relationship
}

// DynamicSpec describes the properties that a user may add.
type DynamicSpec struct {
	Doc, NameDoc, ValueDoc string
	EL                     Scope
	Secret                 bool   // allowed to be marked sensitive
	Relationships          bool   // each may make a relationship
	Service                string // type name of the service interface that each refers to, "" if to none

	reset func()
	set   func(name string, v Value) error
}

// About sets the summary (the first sentence is shown in lists) and the search tags.
func (s *Spec) About(summary string, tags ...string) { s.Summary, s.Tags = summary, tags }

// Details adds help in Markdown.
func (s *Spec) Details(markdown string) { s.Long = markdown }

// Rel declares a relationship and binds it. Options other than [When] have no meaning here.
func (s *Spec) Rel(dst *Relationship, name, doc string, opts ...Option) {
	var p Property
	for _, o := range opts {
		o(&p)
	}
	*dst = Relationship{Name: name, Doc: doc, needs: p.Needs}
	s.rels = append(s.rels, dst)
}

// AutoTerminate makes a declared relationship auto-terminated unless the user connects it.
func (s *Spec) AutoTerminate(rel *Relationship) { rel.AutoTerminated = true }

// Rels declares relationships that depend on the configuration: list is called once it is set.
func (s *Spec) Rels(list func() []Relationship) { s.dynRels = list }

// InputRequired refuses to start the processor without an incoming connection.
func (s *Spec) InputRequired() { s.Facts.Input = InputRequired }

// InputForbidden refuses to start the processor with an incoming connection.
func (s *Spec) InputForbidden() { s.Facts.Input = InputForbidden }

// Serial keeps the processor from running more than one task at a time.
func (s *Spec) Serial() { s.Facts.Serial = true }

// PrimaryOnly runs the processor on the Primary Node only.
func (s *Spec) PrimaryOnly() { s.Facts.PrimaryOnly = true }

// Batching lets users set a run duration; d is the default, 0 for none.
func (s *Spec) Batching(d time.Duration) { s.Facts.Batching, s.Facts.RunDuration = true, d }

// SideEffectFree says that a Trigger may be repeated at will.
func (s *Spec) SideEffectFree() { s.Facts.SideEffectFree = true }

// TriggerWhenEmpty triggers the processor by its schedule even if its incoming connections hold nothing.
func (s *Spec) TriggerWhenEmpty() { s.Facts.TriggerWhenEmpty = true }

// TriggerAnyRoom triggers the processor while any of its outgoing connections has room.
func (s *Spec) TriggerAnyRoom() { s.Facts.TriggerAnyRoom = true }

// Push says that data comes to the processor by [Host.Wake] or [Host.NewSession]: it is never polled.
func (s *Spec) Push() { s.Facts.Push = true }

// Stateful says that the component keeps state.
func (s *Spec) Stateful(doc string, scopes ...StateScope) {
	s.Facts.StateDoc, s.Facts.Scopes = doc, scopes
}

// Restricted says that using the component needs a permission of its own, named as NiFi's RequiredPermission.
func (s *Spec) Restricted(permission, doc string) {
	s.Facts.Restrictions = append(s.Facts.Restrictions, Restriction{permission, doc})
}

// Schedule sets the default run schedule, as "1 min".
func (s *Spec) Schedule(period string) { s.Facts.Schedule = period }

// ReadsAttr documents an attribute that the component uses.
func (s *Spec) ReadsAttr(name, doc string) {
	s.Facts.Reads = append(s.Facts.Reads, Documented{name, doc})
}

// WritesAttr documents an attribute that the component sets.
func (s *Spec) WritesAttr(name, doc string) {
	s.Facts.Writes = append(s.Facts.Writes, Documented{name, doc})
}

// Offers names the service interfaces that a controller service implements, as its users name them in [Service].
func (s *Spec) Offers(types ...string) { s.Facts.Services = append(s.Facts.Services, types...) }

// Relationships returns those that exist with the current configuration, in the order of their declaration.
func (s *Spec) Relationships() []Relationship {
	var out []Relationship
	for _, r := range s.rels {
		if s.holds(r.needs) {
			out = append(out, *r)
		}
	}
	if s.dynRels != nil {
		out = append(out, s.dynRels()...)
	}
	return out
}

// AllRelationships returns those declared by Rel, whatever the configuration, for documentation.
func (s *Spec) AllRelationships() []Relationship {
	var out []Relationship
	for _, r := range s.rels {
		out = append(out, *r)
	}
	return out
}

// Property returns the declared property of that name, or nil.
func (s *Spec) Property(name string) *Property {
	for _, p := range s.Properties {
		if p.Name == name {
			return p
		}
	}
	return nil
}
