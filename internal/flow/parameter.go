package flow

// ParameterContext is a set of named values that properties refer to by #{name}.
type ParameterContext struct {
	Base
	Parameters map[string]Parameter `json:"parameters,omitempty"` // by name
	// Inherited lists the ids of other contexts; an earlier one wins over a later one, and own parameters over both.
	Inherited []string         `json:"inherited,omitempty"`
	Provider  *ProvidedContext `json:"provider,omitempty"`
}

// ProvidedContext says that a parameter provider fills a context.
type ProvidedContext struct {
	ProviderID   string `json:"providerId"`
	GroupName    string `json:"groupName"`
	Synchronized bool   `json:"synchronized,omitempty"`
}

// Parameter is one value.
type Parameter struct {
	Description string `json:"description,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"` // fixed when it is created, which the REST API sees to
	Provided    bool   `json:"provided,omitempty"`  // by a parameter provider
	// Value is nil if none is set; that of a sensitive parameter is encrypted ("enc{...}").
	Value  *string `json:"value,omitempty"`
	Assets []Asset `json:"assets,omitempty"`
}

// Asset is a file that belongs to a parameter context.
type Asset struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// NewParameterContext returns an empty context.
func NewParameterContext(id, name string) *ParameterContext {
	return &ParameterContext{Base: Base{ID: id, Name: name}}
}

// Kind is KindParameterContext.
func (c *ParameterContext) Kind() Kind { return KindParameterContext }
