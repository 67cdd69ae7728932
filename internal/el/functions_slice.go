package el

var (
	jsonFunctions []*function
)

func evalIsJSON(r *run, n *callNode) value { return null }
func evalURI(r *run, n *callNode) value    { return null }
