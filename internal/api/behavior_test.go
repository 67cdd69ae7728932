package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/api"
	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

func runStatus(version int, client, state string) map[string]any {
	return map[string]any{"revision": map[string]any{"clientId": client, "version": version}, "state": state}
}

func TestRunStatus_FollowsRevisionsAndStates(t *testing.T) {
	w := newWorld(t)
	path := "/nifi-api/processors/" + w.gen + "/run-status"
	put := func(version int, client, state string) answer {
		return w.do("PUT", path, runStatus(version, client, state))
	}

	put(7, "other", "RUNNING").want(400, "[7, other, "+w.gen+"] is not the most up-to-date revision")
	put(1, "other", "BOGUS").want(400, "The desired state 'BOGUS' is not supported.")
	w.do("PUT", path, map[string]any{"state": "RUNNING"}).want(400, "revision")
	w.do("PUT", path, map[string]any{"revision": map[string]any{"version": 1}}).want(400, "state must be specified")

	a := put(1, "other", "RUNNING").want(200)
	if got := a.at("revision"); fmt.Sprint(got) != "map[clientId:other lastModifier:anonymous version:2]" {
		t.Errorf("got revision %v", got)
	}
	put(2, "other", "DISABLED").want(409, "cannot be disabled because it is not stopped")
	put(2, "other", "RUN_ONCE").want(409, "cannot be started because it is not stopped")
	put(1, "other", "STOPPED").want(200) // the client that made the last change may be behind
	w.n.Engine.Settle()
	a = put(3, "x", "DISABLED").want(200)
	if got := a.text("component", "state") + a.text("status", "runStatus"); got != "DISABLEDDisabled" {
		t.Errorf("got %s", got)
	}
	put(4, "x", "RUNNING").want(409, "disabled")
	put(4, "x", "STOPPED").want(200)
	w.n.Engine.Settle()
	if got := w.get("/processors/" + w.gen).text("physicalState"); got != "STOPPED" {
		t.Errorf("got %s", got)
	}
}

func TestRunStatus_RunsOnce(t *testing.T) {
	w := newWorld(t)
	a := w.do("PUT", "/nifi-api/processors/"+w.gen+"/run-status", runStatus(1, "c", "RUN_ONCE")).want(200)
	if a.text("component", "state") != "RUN_ONCE" {
		t.Errorf("got %s", a.Body)
	}
	for w.get("/processors/"+w.gen).text("component", "state") != "STOPPED" {
		w.n.Engine.Settle()
	}
	if got := w.get("/flow/connections/"+w.queue+"/status").text("connectionStatus", "aggregateSnapshot", "queuedCount"); got != "1" {
		t.Errorf("got %s FlowFiles, want 1", got)
	}
}

func TestRunStatus_InvalidProcessorIsAcceptedAndStaysStopped(t *testing.T) {
	w := newWorld(t)
	a := w.do("PUT", "/nifi-api/processors/"+w.ghost+"/run-status", runStatus(1, "c", "RUNNING")).want(200)
	got := a.text("component", "state") + " " + a.text("physicalState") + " " + a.text("status", "runStatus")
	if got != "STOPPED STARTING Invalid" {
		t.Errorf("got %s", got)
	}
	if missing := a.at("component", "extensionMissing"); missing != true {
		t.Errorf("extensionMissing is %v", missing)
	}
}

func TestSchedule_StartsAndStopsAGroup(t *testing.T) {
	w := newWorld(t)
	path := "/nifi-api/flow/process-groups/" + w.group
	schedule := func(state string) answer {
		return w.do("PUT", path, map[string]any{"id": w.group, "state": state})
	}
	count := func(want string) {
		t.Helper()
		w.n.Engine.Settle()
		s := w.get("/flow/status").at("controllerStatus").(map[string]any)
		if got := fmt.Sprint(s["runningCount"], s["stoppedCount"], s["invalidCount"], s["disabledCount"]); got != want {
			t.Errorf("got %s running, stopped, invalid, disabled; want %s", got, want)
		}
	}
	count("0 4 2 0")
	a := schedule("RUNNING").want(200)
	if got := strings.TrimSpace(a.Body.String()); got != `{"id":"`+w.group+`","state":"RUNNING"}` {
		t.Errorf("got %s", got)
	}
	count("4 0 2 0")
	schedule("RUNNING").want(200) // nothing to do
	schedule("STOPPED").want(200)
	count("0 4 2 0")
	schedule("DISABLED").want(200)
	count("0 0 0 6")
	schedule("ENABLED").want(200)
	count("0 4 2 0")
	schedule("BOGUS").want(400, "BOGUS")
	w.do("PUT", path, map[string]any{"id": w.inner, "state": "RUNNING"}).want(400, "does not equal")
	w.do("PUT", path, map[string]any{"state": "RUNNING"}).want(400, "id of the group")

	components := map[string]any{w.gen: map[string]any{"version": 99}}
	w.do("PUT", path, map[string]any{"id": w.group, "state": "RUNNING", "components": components}).want(400, "not the most up-to-date")
	components[w.gen] = map[string]any{"version": 5}
	w.do("PUT", path, map[string]any{"id": w.group, "state": "RUNNING", "components": components}).want(200)
	count("1 3 2 0")
	other := map[string]any{w.group + "x": map[string]any{"version": 1}}
	w.do("PUT", path, map[string]any{"id": w.group, "state": "RUNNING", "components": other}).want(404)
}

// TestSecrets_AreNeverShown looks for the secret, plain or encrypted, in every answer there is.
func TestSecrets_AreNeverShown(t *testing.T) {
	w := newSecretWorld(t)
	looked := 0
	check := func(path string) {
		a := w.get(path)
		if a.Code != 200 {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
		looked++
		if text := a.Body.String(); strings.Contains(text, secret) || strings.Contains(text, "enc{") {
			t.Errorf("%s shows the secret", path)
		}
	}
	ids := map[string]string{
		"processors": w.gen, "controller-services": w.service, "parameter-contexts": w.context, "process-groups": w.group,
		"connections": w.queue, "funnels": w.funnel, "labels": w.label, "input-ports": w.in, "output-ports": w.out,
		"remote-process-groups": w.remote,
	}
	for _, r := range api.Routes() {
		parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.Path, "/flow"), "/"), "/")
		if r.Method != "GET" || r.Produces != "" || strings.Contains(r.Path, "{request}") || strings.Contains(r.Path, "{flowfile}") ||
			strings.HasPrefix(r.Path, "/provenance") && strings.Contains(r.Path, "{id}") {
			continue
		}
		path := strings.ReplaceAll(r.Path, "{id}", ids[parts[0]])
		check(strings.ReplaceAll(path, "{component}", w.gen))
	}
	check("/flow/search-results?q=" + secret[:4])
	check("/flow/process-groups/root/status?recursive=true")
	if looked < 40 {
		t.Errorf("looked at %d answers only", looked)
	}
	gen := w.get("/processors/" + w.gen)
	for _, name := range []string{"Password", "hidden"} {
		if got := gen.text("component", "config", "properties", name); got != "********" {
			t.Errorf("%s is shown as %q", name, got)
		}
	}
	if got := gen.at("component", "config", "sensitiveDynamicPropertyNames"); fmt.Sprint(got) != "[hidden]" {
		t.Errorf("got %v", got)
	}
	if got := w.get("/remote-process-groups/"+w.remote).text("component", "proxyPassword"); got != "********" {
		t.Errorf("the proxy's password is shown as %q", got)
	}
	if got := w.get("/flow/search-results?q="+secret).at("searchResultsDTO", "processorResults"); fmt.Sprint(got) != "[]" {
		t.Errorf("the secret can be searched for: %v", got)
	}
}

func TestProperties_KeepTheOrderOfTheType(t *testing.T) {
	w := newSecretWorld(t)
	text := w.get("/processors/" + w.gen).Body.String()
	last := 0
	for _, name := range []string{"Text", "Password", "Level", "Store", "extra", "hidden"} {
		i := strings.Index(text[last:], `"`+name+`":`)
		if i < 0 {
			t.Fatalf("%s does not come after the others in %s", name, text)
		}
		last += i
	}
	config := w.get("/processors/"+w.paint).at("component", "config").(map[string]any)
	if fmt.Sprint(config["properties"]) != "map[]" {
		t.Errorf("got %v", config["properties"])
	}
	brief := w.get("/flow/process-groups/" + w.group + "?uiOnly=true").Body.String()
	for _, field := range []string{`"descriptors"`, `"defaultConcurrentTasks"`, `"properties"`} {
		if strings.Contains(brief, field) {
			t.Errorf("uiOnly has %s", field)
		}
	}
}

func TestRequests_AreForgotten(t *testing.T) {
	types, err := extension.New(components...)
	if err != nil {
		t.Fatal(err)
	}
	fake := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	n, err := node.Open(node.Options{FS: vfs.NewMem(), Dir: "data", Types: types, Durability: flowfile.Memory, Clock: fake})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	w := &world{t: t, n: n, h: api.New(n, "1"), root: n.Flow().Root().ID}
	w.draw(false)
	query := map[string]any{"provenance": map[string]any{"request": map[string]any{}}}
	ask := func() string { return w.location(w.do("POST", "/nifi-api/provenance", query).want(201)) }

	asked := ask()
	fake.Advance(29 * time.Minute)
	w.get(asked).want(200)
	fake.Advance(29 * time.Minute)
	w.get(asked).want(200) // it was used
	fake.Advance(31 * time.Minute)
	w.get(asked).want(404, "Submit it again")

	first := ask()
	for range 60 {
		fake.Advance(time.Second)
		asked = ask()
	}
	w.get(first).want(404) // too many others came after it
	w.get(asked).want(200)
	w.do("DELETE", "/nifi-api"+asked, nil).want(200, "{}")
	w.get(asked).want(404)
}

func TestSearch_FindsByWhatUsersGave(t *testing.T) {
	w := newWorld(t)
	for q, want := range map[string]string{
		"makes them": "processorResults 1 Comments: makes them",
		"PAINT":      "processorResults 1 Name: Paint",
		"of #{size}": "processorResults 1 Property value: Text - of #{size}",
		"a note":     "labelResults 1 Value: a note",
		"how much":   "parameterResults 1 Description: How much.",
		"inner":      "processGroupResults 1 Name: inner",
		"shelf":      "controllerServiceNodeResults 1 Name: Shelf",
		w.funnel:     "funnelResults 1 Id: " + w.funnel,
	} {
		list, rest, _ := strings.Cut(want, " ")
		found := w.do("GET", "/nifi-api/flow/search-results?q="+escaped(q), nil).want(200).at("searchResultsDTO", list).([]any)
		if len(found) == 0 {
			t.Errorf("%q: nothing found", q)
			continue
		}
		got := fmt.Sprint(len(found), " ", found[0].(map[string]any)["matches"].([]any)[0])
		if got != rest {
			t.Errorf("%q: got %s, want %s", q, got, rest)
		}
	}
}

func TestParameters_ShowWhoUsesThem(t *testing.T) {
	w := newSecretWorld(t)
	a := w.get("/parameter-contexts/" + w.context).want(200)
	byName := map[string]map[string]any{}
	for _, p := range a.at("component", "parameters").([]any) {
		d := p.(map[string]any)["parameter"].(map[string]any)
		byName[d["name"].(string)] = d
	}
	if got := byName["secret"]["value"]; got != "********" {
		t.Errorf("the secret is shown as %v", got)
	}
	users := byName["size"]["referencingComponents"].([]any)
	if len(users) != 1 || users[0].(map[string]any)["id"] != w.gen {
		t.Errorf("size is used by %v", users)
	}
	if got := a.text("component", "boundProcessGroups", 0, "id"); got != w.group {
		t.Errorf("bound to %s", got)
	}
}

func TestBulletins_OfAComponentThatIsGoneAreNotShown(t *testing.T) {
	w := newWorld(t)
	src := bulletinOf(w)
	w.n.Engine.Bulletins.Add(src, 8, "first", "")
	src.ID = id(99)
	w.n.Engine.Bulletins.Add(src, 8, "of a ghost", "")
	board := w.get("/flow/bulletin-board").want(200)
	list := board.at("bulletinBoard", "bulletins").([]any)
	if len(list) != 2 || list[0].(map[string]any)["canRead"] != true || list[1].(map[string]any)["canRead"] != false {
		t.Fatalf("got %v", list)
	}
	if strings.Contains(board.Body.String(), "of a ghost") {
		t.Error("the message of a component that is gone is shown")
	}
	for query, want := range map[string]int{
		"after=0": 1, "after=1": 0, "sourceName=G.n": 2, "sourceName=nobody": 0, "message=first": 1, "sourceId=" + w.gen: 1, "limit=1": 1, "limit=0": 0,
	} {
		if got := len(w.get("/flow/bulletin-board?"+query).want(200).at("bulletinBoard", "bulletins").([]any)); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
	w.get("/flow/bulletin-board?message=(").want(400, "regular expression")
	w.get("/flow/bulletin-board?after=x").want(400, "whole number")
	if got := w.get("/process-groups/" + w.group).at("bulletins").([]any); len(got) != 1 {
		t.Errorf("the group shows %v", got)
	}
	if got := w.get("/flow/process-groups/"+w.group).at("processGroupFlow", "flow", "processors", 0, "bulletins").([]any); len(got) != 1 {
		t.Errorf("the processor shows %v", got)
	}
}

func TestTypes_CanBeFiltered(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{
		"/flow/processor-types":                                            2,
		"/flow/processor-types?type=Paint":                                 1,
		"/flow/processor-types?bundleArtifactFilter=example-nar":           1,
		"/flow/processor-types?bundleGroupFilter=nobody":                   0,
		"/flow/controller-service-types?serviceType=" + storeAPI:           1,
		"/flow/controller-service-types?serviceType=org.nobody":            0,
		"/flow/reporting-task-types":                                       1,
		"/flow/controller-service-types?bundleGroupFilter=org.apache.nifi": 1,
	} {
		m := w.get(path).want(200).at().(map[string]any)
		for _, list := range m {
			if got := len(list.([]any)); got != want {
				t.Errorf("%s: got %d, want %d", path, got, want)
			}
		}
	}
	w.get("/flow/processor-types?type=[").want(400, "regular expression")
}

func TestServices_AreSeenFromGroupsBelow(t *testing.T) {
	w := newWorld(t)
	count := func(path string) int {
		return len(w.get(path).want(200).at("controllerServices").([]any))
	}
	for path, want := range map[string]int{
		"/flow/process-groups/" + w.inner + "/controller-services":                             1,
		"/flow/process-groups/" + w.inner + "/controller-services?includeAncestorGroups=false": 0,
		"/flow/process-groups/root/controller-services":                                        0,
		"/flow/process-groups/root/controller-services?includeDescendantGroups=true":           1,
		"/flow/controller/controller-services":                                                 0,
	} {
		if got := count(path); got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
	a := w.get("/processors/" + w.gen)
	if got := a.text("component", "config", "descriptors", "Store", "allowableValues", 0, "allowableValue", "value"); got != w.service {
		t.Errorf("the property allows %s", got)
	}
	w.edit(flow.Run(flow.KindControllerService, w.service, flow.Disabled))
	if got := w.get("/controller-services/"+w.service).text("component", "state"); got != "DISABLED" {
		t.Errorf("got %s", got)
	}
}
