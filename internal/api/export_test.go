package api

// Route is an operation, for tests that look at all of them.
type Route struct{ Method, Path, Operation, Produces string }

// Routes lists all operations.
func Routes() []Route {
	var all []Route
	for _, r := range routes {
		all = append(all, Route{r.method, r.path, r.operation, r.produces})
	}
	return all
}

// What tests of the forms of figures see.
var (
	FormatSize     = formatSize
	FormatCount    = formatCount
	FormatDuration = formatDuration
	Disposition    = disposition
	MediaType      = mediaType
	Accepts        = accepts
	BaseOf         = baseOf
	KnownHost      = knownHost
)
