package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/braidflow/braid/internal/flow"
)

// route is one operation of the API.
type route struct {
	method    string
	path      string // below /nifi-api, with {names} as in the API description
	operation string // operationId of the API description
	handle    func(s *server, c *call) (any, error)
	produces  string // media type; empty = application/json
}

// reply is an answer with a status other than 200.
type reply struct {
	status   int
	location string
	body     any
}

// written is returned by a handler that has written the answer itself.
type written struct{}

// register makes the operations known to a mux: per path, so that a wrong method can be told from a wrong path.
func (s *server) register(mux *http.ServeMux, table []route) {
	byPath := map[string]map[string]route{}
	for _, r := range table {
		if byPath[r.path] == nil {
			byPath[r.path] = map[string]route{}
		}
		byPath[r.path][r.method] = r
	}
	for path, methods := range byPath {
		mux.HandleFunc("/nifi-api"+path, func(w http.ResponseWriter, r *http.Request) { s.dispatch(w, r, methods) })
	}
}

func (s *server) dispatch(w http.ResponseWriter, r *http.Request, methods map[string]route) {
	w.Header().Set("Cache-Control", "private, no-cache, no-store, no-transform")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op, ok := methods[method]
	if !ok {
		w.Header().Set("Allow", allowed(methods))
		if method == http.MethodOptions {
			w.WriteHeader(http.StatusOK)
			return
		}
		writeError(w, errMethod)
		return
	}
	if op.produces == "" {
		op.produces = "application/json"
	}
	if !accepts(r.Header.Values("Accept"), op.produces) {
		writeError(w, errAccept)
		return
	}
	answer, err := op.handle(s, s.newCall(w, r))
	if err != nil {
		writeError(w, asFault(err))
		return
	}
	write(w, answer)
}

func allowed(methods map[string]route) string {
	list := []string{http.MethodOptions}
	for m := range methods {
		list = append(list, m)
		if m == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// accepts tells whether an Accept header allows a media type. Preferences do not matter: there is one type to offer.
func accepts(header []string, mediaType string) bool {
	if len(header) == 0 || mediaType == "*/*" {
		return true
	}
	class, _, _ := strings.Cut(mediaType, "/")
	for entry := range strings.SplitSeq(strings.Join(header, ","), ",") {
		name, params, _ := strings.Cut(entry, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case mediaType, class + "/*", "*/*", "*", "":
			if q := strings.ReplaceAll(params, " ", ""); q != "q=0" && q != "q=0.0" {
				return true
			}
		}
	}
	return false
}

// call is one request with what its handler needs of the node, taken once so that the answer fits together.
type call struct {
	*http.Request
	w    http.ResponseWriter
	s    *server
	flow *flow.Flow
	view *view  // figures and bulletins, read when they are first needed
	base string // the API's address as the client sees it, such as http://localhost:8080/nifi-api
}

func (s *server) newCall(w http.ResponseWriter, r *http.Request) *call {
	f := s.node.Flow()
	return &call{Request: r, w: w, s: s, flow: f, view: newView(s, f), base: baseOf(r) + "/nifi-api"}
}

// edited takes a new snapshot after an edit.
func (c *call) edited(f *flow.Flow) { c.flow, c.view = f, newView(c.s, f) }

// write sends an answer.
func write(w http.ResponseWriter, answer any) {
	status := http.StatusOK
	switch a := answer.(type) {
	case written:
		return
	case string:
		writeText(w, status, a)
		return
	case reply:
		status, answer = a.status, a.body
		if a.location != "" {
			w.Header().Set("Location", a.location)
		}
	}
	body, err := json.Marshal(answer)
	if err != nil { // cannot be: the messages hold nothing that JSON cannot express
		writeError(w, errInternal)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may be gone
}

func writeError(w http.ResponseWriter, f fault) { writeText(w, f.status, f.text) }
