package el

import "time"

var (
	dateFunctions []*function
	codeFunctions []*function
	jsonFunctions []*function
)

func dateText(t time.Time) string    { return t.Format("Mon Jan 02 15:04:05 MST 2006") }
func instantText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func (r *run) toDate(v value) value    { return r.evalError("dates come next") }
func (r *run) toInstant(v value) value { return r.evalError("dates come next") }
func checkParse(*callNode) error       { return nil }

func evalIsJSON(r *run, n *callNode) value         { return null }
func evalIsValidInstant(r *run, n *callNode) value { return null }
func evalIsValidDate(r *run, n *callNode) value    { return null }
func evalURI(r *run, n *callNode) value            { return null }
