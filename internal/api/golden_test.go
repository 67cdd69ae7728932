package api_test

import (
	"encoding/json"
	"mime"
	"net/url"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/api"
)

// exempt are fields that NiFi's answers had and ours leave out on purpose.
var exempt = map[string]bool{
	// a custom UI is a web application of a bundle
	"056-processor-get-valid $.component.config.customUiUrl": true,
	// NiFi writes the text "No Value" for a FlowFile that came from no queue
	"096-provenance-event $.provenanceEvent.sourceConnectionIdentifier": true,
	// durations within a task are not measured
	"070-processor-status $.processorStatus.aggregateSnapshot.processingPerformanceStatus": true,
	// a request is never finished when it is made
	"091-provenance-submit $.provenance.results":               true,
	"094-provenance-submit-all-summarize $.provenance.results": true,
	"097-lineage-submit $.lineage.results":                     true,
	// the component of the sample was not valid
	"138-cs-references $.controllerServiceReferencingComponents[0].component.validationErrors": true,
}

// TestAnswers_HaveNiFisFields compares answers with those of a real NiFi: the same status, media type and fields.
func TestAnswers_HaveNiFisFields(t *testing.T) {
	w := newSecretWorld(t)
	w.put(strings.Repeat("x", 1024), map[string]string{"filename": "a.txt", "mime.type": "text/plain"})
	w.put("two", nil)
	w.run(w.paint)
	w.put("three", map[string]string{"filename": "b.txt"})
	w.put("four", nil)
	w.n.Engine.Bulletins.Add(bulletinOf(w), 8, "something is wrong", "")
	answers, d := nifiAnswers(t), readDescription(t)
	for name, c := range w.samples() {
		t.Run(name, func(t *testing.T) {
			want, ok := answers[name]
			if !ok {
				t.Fatal("there is no such sample")
			}
			a := w.do(c.method, "/nifi-api"+c.path, c.body, c.headers...)
			if a.Code != want.Status {
				t.Fatalf("got %d %s, want %d", a.Code, a.Body, want.Status)
			}
			if got, _, _ := mime.ParseMediaType(a.Header().Get("Content-Type")); got != want.Type && !c.otherType {
				t.Errorf("got media type %s, want %s", got, want.Type)
			}
			if want.Type != "application/json" {
				return
			}
			var v any
			if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			for _, text := range lacking("$", want.Body, v) {
				if field, _, _ := strings.Cut(text, " "); !exempt[name+" "+field] {
					t.Error(text)
				}
			}
			checkSchema(t, d, c.method, c.path, v)
		})
	}
}

// checkSchema holds an answer to the API description.
func checkSchema(t *testing.T, d *description, method, path string, v any) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	for _, r := range api.Routes() {
		if r.Method != method || !fits(r.Path, path) {
			continue
		}
		s, ok := d.Paths[anyNames(r.Path)][strings.ToLower(method)].schemaOf()
		if !ok {
			t.Fatalf("%s %s has no schema", method, r.Path)
		}
		for _, text := range d.violations("$", s, v) {
			t.Error(text)
		}
		return
	}
	t.Fatalf("%s %s is no operation", method, path)
}

// fits tells whether a path is one of a pattern; literal patterns come before others in no particular order, so a
// literal segment must not be taken by a name.
func fits(pattern, path string) bool {
	p, s := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(p) != len(s) {
		return false
	}
	for i := range p {
		if literal := !strings.HasPrefix(p[i], "{"); literal && p[i] != s[i] || !literal && reserved[s[i]] {
			return false
		}
	}
	return true
}

var reserved = map[string]bool{"search-options": true, "lineage": true, "latest": true, "replays": true}

// TestRoutes_AreOperationsOfTheDescription checks the table against the API description.
func TestRoutes_AreOperationsOfTheDescription(t *testing.T) {
	d := readDescription(t)
	seen := map[string]bool{}
	for _, r := range api.Routes() {
		op, ok := d.Paths[anyNames(r.Path)][strings.ToLower(r.Method)]
		if !ok {
			t.Errorf("%s %s is not in the description", r.Method, r.Path)
		} else if op.OperationID != r.Operation {
			t.Errorf("%s %s is called %s, want %s", r.Method, r.Path, r.Operation, op.OperationID)
		}
		if seen[r.Method+r.Path] {
			t.Errorf("%s %s is there twice", r.Method, r.Path)
		}
		seen[r.Method+r.Path] = true
	}
}

// sample is a request of ours that is like one of the recorded.
type sample struct {
	method, path string
	body         any
	headers      []string
	otherType    bool // the media type is the FlowFile's
}

func at(path string) sample { return sample{method: "GET", path: path} }

func (w *world) samples() map[string]sample {
	queued := w.queuedFile(0)
	listing := w.location(w.do("POST", "/nifi-api/flowfile-queues/"+w.queue+"/listing-requests", nil))
	drop := w.location(w.do("POST", "/nifi-api/flowfile-queues/"+w.ported+"/drop-requests", nil))
	query := map[string]any{"provenance": map[string]any{"request": map[string]any{
		"maxResults": 10, "summarize": false, "searchTerms": map[string]any{"ProcessorID": map[string]any{"value": w.paint, "inverse": false}},
	}}}
	brief := map[string]any{"provenance": map[string]any{"request": map[string]any{"maxResults": 100, "summarize": true}}}
	asked := w.location(w.do("POST", "/nifi-api/provenance", query))
	event := w.get("/provenance-events/latest/"+w.paint).text("latestProvenanceEvents", "provenanceEvents", 0, "id")
	lineage := map[string]any{"lineage": map[string]any{"request": map[string]any{"lineageRequestType": "FLOWFILE", "eventId": 0}}}
	traced := w.location(w.do("POST", "/nifi-api/provenance/lineage", lineage))
	file := "/flowfile-queues/" + w.queue + "/flowfiles/" + queued
	return map[string]sample{
		"001-about":                           at("/flow/about"),
		"002-client-id":                       {method: "GET", path: "/flow/client-id", headers: []string{"Accept", "application/json"}},
		"003-current-user":                    at("/flow/current-user"),
		"004-flow-config":                     at("/flow/config"),
		"005-banners":                         at("/flow/banners"),
		"006-cluster-summary-standalone":      at("/flow/cluster/summary"),
		"008-authentication-configuration":    at("/authentication/configuration"),
		"009-access-token-get":                at("/access/token"),
		"010-flow-root-empty":                 at("/flow/process-groups/root"),
		"011-process-group-root":              at("/process-groups/" + w.root),
		"012-processor-types":                 at("/flow/processor-types"),
		"013-controller-service-types":        at("/flow/controller-service-types"),
		"014-prioritizers":                    at("/flow/prioritizers"),
		"015-system-diagnostics":              at("/system-diagnostics"),
		"043-get-missing-processor":           at("/processors/00000000-0000-0000-0000-000000000000"),
		"044-get-unknown-path":                at("/nosuch"),
		"045-method-not-allowed":              {method: "DELETE", path: "/flow/about"},
		"056-processor-get-valid":             at("/processors/" + w.gen),
		"066-flow-group-running":              at("/flow/process-groups/" + w.group),
		"067-flow-group-uionly":               at("/flow/process-groups/" + w.group + "?uiOnly=true"),
		"068-group-status-recursive":          at("/flow/process-groups/" + w.group + "/status?recursive=true"),
		"069-connection-status":               at("/flow/connections/" + w.queue + "/status"),
		"070-processor-status":                at("/flow/processors/" + w.gen + "/status"),
		"076-listing-request-get":             at(listing),
		"078-flowfile-get":                    at(file),
		"079-flowfile-content":                {method: "GET", path: file + "/content", otherType: true},
		"080-flowfile-content-range":          {method: "GET", path: file + "/content", otherType: true, headers: []string{"Range", "bytes=0-2"}},
		"081-flowfile-missing":                at("/flowfile-queues/" + w.queue + "/flowfiles/00000000-0000-0000-0000-000000000000"),
		"084-drop-request-get":                at(drop),
		"090-provenance-search-options":       at("/provenance/search-options"),
		"092-provenance-get":                  at(asked),
		"096-provenance-event":                at("/provenance-events/0"),
		"098-lineage-get":                     at(traced),
		"100-provenance-content-output":       {method: "GET", path: "/provenance-events/" + event + "/content/output", otherType: true},
		"101-provenance-content-input":        at("/provenance-events/0/content/input"),
		"102-provenance-replay":               {method: "POST", path: "/provenance-events/replays", body: map[string]any{"eventId": 0}},
		"103-provenance-latest":               at("/provenance-events/latest/" + w.paint),
		"123-input-port-get":                  at("/input-ports/" + w.lone),
		"133-flow-group-controller-services":  at("/flow/process-groups/" + w.group + "/controller-services"),
		"134-cs-get":                          at("/controller-services/" + w.service),
		"138-cs-references":                   at("/controller-services/" + w.service + "/references"),
		"152-parameter-contexts-list":         at("/flow/parameter-contexts"),
		"157-parameter-context-get":           at("/parameter-contexts/" + w.context),
		"193-counters":                        at("/counters"),
		"195-bulletin-board":                  at("/flow/bulletin-board"),
		"196-controller-bulletins":            at("/flow/controller/bulletins"),
		"200-search":                          at("/flow/search-results?q=" + url.QueryEscape("Gen")),
		"201-search-empty":                    at("/flow/search-results?q="),
		"204-flow-status":                     at("/flow/status"),
		"205-controller-config":               at("/controller/config"),
		"206-registries":                      at("/flow/registries"),
		"213-reporting-task-types":            at("/flow/reporting-task-types"),
		"231-pg-get-running":                  at("/process-groups/" + w.group),
		"064-run-status-bogus":                {method: "PUT", path: "/processors/" + w.gen + "/run-status", body: map[string]any{"revision": map[string]any{"version": 1}, "state": "BOGUS"}},
		"091-provenance-submit":               {method: "POST", path: "/provenance", body: query},
		"094-provenance-submit-all-summarize": {method: "POST", path: "/provenance", body: brief},
		"097-lineage-submit":                  {method: "POST", path: "/provenance/lineage", body: lineage},
	}
}

func (w *world) location(a answer) string {
	w.t.Helper()
	u, err := url.Parse(a.Header().Get("Location"))
	if err != nil || u.Path == "" {
		w.t.Fatalf("%d %s has no Location: %v", a.Code, a.Body, err)
	}
	return strings.TrimPrefix(u.Path, "/nifi-api")
}

// queuedFile is the uuid of a FlowFile in the first queue.
func (w *world) queuedFile(i int) string {
	w.t.Helper()
	listing := w.location(w.do("POST", "/nifi-api/flowfile-queues/"+w.queue+"/listing-requests", nil))
	return w.get(listing).want(200).text("listingRequest", "flowFileSummaries", i, "uuid")
}
