package api_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/api"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

func escaped(s string) string { return url.QueryEscape(s) }

func TestListing_FinishesWhenItIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.put("one", map[string]string{"filename": "1.txt"})
	w.put("three", nil)
	a := w.do("POST", "/nifi-api/flowfile-queues/"+w.queue+"/listing-requests", nil).want(202)
	if a.at("listingRequest", "finished") != false {
		t.Error("the listing is finished before anybody has asked for it")
	}
	path := w.location(a)
	a = w.get(path).want(200)
	if got := fmt.Sprint(a.at("listingRequest", "finished"), a.at("listingRequest", "queueSize")); got != "true map[byteCount:8 objectCount:2]" {
		t.Errorf("got %s", got)
	}
	if got := a.text("listingRequest", "flowFileSummaries", 0, "filename"); got != "1.txt" {
		t.Errorf("got %s", got)
	}
	w.get(strings.Replace(path, w.queue, w.painted, 1)).want(404)
	w.do("DELETE", "/nifi-api"+path, nil).want(200, `"finished":true`)
	w.get(path).want(404)
	w.get("/flowfile-queues/"+id(77)+"/listing-requests/x").want(404, "connection")
}

func TestDrop_EmptiesTheQueue(t *testing.T) {
	w := newWorld(t)
	w.put("one", nil)
	w.put("three", nil)
	a := w.do("POST", "/nifi-api/flowfile-queues/"+w.queue+"/drop-requests", nil).want(202)
	if got := a.text("dropRequest", "original") + " " + a.text("dropRequest", "dropped"); got != "2 / 8 bytes 0 / 0 bytes" {
		t.Errorf("got %s", got)
	}
	if count, _ := w.n.Engine.Queue(w.queue).Size(); count != 0 {
		t.Errorf("%d are left", count)
	}
	path := w.location(a)
	a = w.get(path).want(200, "Completed successfully")
	if got := fmt.Sprint(a.at("dropRequest", "finished"), a.at("dropRequest", "droppedCount"), a.at("dropRequest", "currentCount")); got != "true 2 0" {
		t.Errorf("got %s", got)
	}
	w.do("DELETE", "/nifi-api"+path, nil).want(200, "Completed successfully")
	w.get(path).want(404)
}

func TestContent_IsServedWithRanges(t *testing.T) {
	w := newWorld(t)
	text := strings.Repeat("0123456789abcdef", 64)
	w.put(text, map[string]string{"filename": "Grüße \"1\".txt", "mime.type": "text/html; charset=utf-8"})
	path := "/nifi-api/flowfile-queues/" + w.queue + "/flowfiles/" + w.queuedFile(0) + "/content"
	a := w.do("GET", path, nil).want(200)
	if a.Body.String() != text {
		t.Errorf("got %d bytes", a.Body.Len())
	}
	if got, want := a.Header().Get("Content-Disposition"), `attachment; filename="=?UTF-8?Q?Gr=C3=BC=C3=9Fe_=221=22.txt?="; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := a.Header().Get("Content-Type") + " " + a.Header().Get("X-Content-Type-Options"); got != "text/html; charset=utf-8 nosniff" {
		t.Errorf("got %s", got)
	}
	for ranges, want := range map[string]struct {
		status int
		header string
		body   string
	}{
		"bytes=0-15":      {206, "bytes 0-15/1024", "0123456789abcdef"},
		"bytes=1020-":     {206, "bytes 1020-1023/1024", "cdef"},
		"bytes=-2":        {206, "bytes 1022-1023/1024", "ef"},
		"bytes=1022-9999": {206, "bytes 1022-1023/1024", "ef"},
		"bytes=1024-":     {416, "bytes */1024", ""},
		"bytes=9-1":       {416, "", ""},
		"lines=1":         {416, "", ""},
	} {
		a := w.do("GET", path, nil, "Range", ranges)
		if a.Code != want.status || want.header != "" && a.Header().Get("Content-Range") != want.header || want.body != "" && a.Body.String() != want.body {
			t.Errorf("%s: got %d %q %.40q", ranges, a.Code, a.Header().Get("Content-Range"), a.Body)
		}
	}
	a = w.do("HEAD", path, nil)
	if a.Code != 200 || a.Header().Get("Content-Length") != "1024" || a.Body.Len() != 0 {
		t.Errorf("HEAD: got %d %v", a.Code, a.Header())
	}
}

func TestContent_ThatIsDamagedIsNotServed(t *testing.T) {
	types, err := extension.New(components...)
	if err != nil {
		t.Fatal(err)
	}
	disk := vfs.NewMem()
	n, err := node.Open(node.Options{FS: disk, Dir: "data", Types: types, Durability: flowfile.Written})
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
	w.put(strings.Repeat("x", 100), nil)
	w.put("", nil)
	path := "/nifi-api/flowfile-queues/" + w.queue + "/flowfiles/" + w.queuedFile(0)
	empty := "/nifi-api/flowfile-queues/" + w.queue + "/flowfiles/" + w.queuedFile(1)
	w.do("GET", path+"/content", nil).want(200, "xxx")
	if damaged := damage(t, disk, "data/content", 'x'); damaged != 1 {
		t.Fatalf("%d files hold the content", damaged)
	}
	w.do("GET", path+"/content", nil).want(409, "damaged")
	w.do("GET", path+"/content", nil, "Range", "bytes=50-60").want(409, "damaged")
	w.do("GET", path, nil).want(200) // its attributes can be seen
	if a := w.do("GET", empty+"/content", nil).want(200); a.Body.Len() != 0 {
		t.Errorf("got %q", a.Body)
	}
}

// damage changes the first byte of each file in a folder that has some value.
func damage(t *testing.T, disk vfs.FS, dir string, value byte) (damaged int) {
	t.Helper()
	entries, err := disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() {
			damaged += damage(t, disk, name, value)
			continue
		}
		data, err := vfs.ReadFile(disk, name)
		if err != nil {
			t.Fatal(err)
		}
		i := strings.IndexByte(string(data), value)
		if i < 0 {
			continue
		}
		f, err := disk.OpenFile(name, os.O_RDWR, fs.ModePerm)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{value + 1}, int64(i)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		damaged++
	}
	return damaged
}

func TestProvenance_FindsEvents(t *testing.T) {
	w := newWorld(t)
	w.put("one", map[string]string{"filename": "1.txt"})
	w.put("three", map[string]string{"filename": "3.txt"})
	w.run(w.paint)
	search := func(request map[string]any) answer {
		a := w.do("POST", "/nifi-api/provenance", map[string]any{"provenance": map[string]any{"request": request}}).want(201)
		if a.at("provenance", "finished") != false {
			t.Error("the query is finished before anybody has asked for it")
		}
		return w.get(w.location(a)).want(200)
	}
	term := func(field, value string) map[string]any {
		return map[string]any{"searchTerms": map[string]any{field: map[string]any{"value": value}}}
	}
	for name, c := range map[string]struct {
		request map[string]any
		want    string // total
	}{
		"all of one":    {term("ProcessorID", w.paint), "2"},
		"by the label":  {term("Component ID", w.paint), "2"},
		"cut":           {map[string]any{"maxResults": 1, "searchTerms": term("ProcessorID", w.paint)["searchTerms"]}, "1+"},
		"file and type": {map[string]any{"searchTerms": map[string]any{"Filename": map[string]any{"value": "1.*"}, "EventType": map[string]any{"value": "ATTRIBUTES_MODIFIED"}}}, "1"},
		"attribute":     {map[string]any{"searchTerms": map[string]any{"color": map[string]any{"value": "blue"}, "ProcessorID": map[string]any{"value": w.paint}}}, "2"},
		"inverse":       {map[string]any{"searchTerms": map[string]any{"color": map[string]any{"value": "red", "inverse": true}, "EventType": map[string]any{"value": "ATTRIBUTES_MODIFIED"}}}, "2"},
		"size":          {map[string]any{"minimumFileSize": "4 B", "searchTerms": term("ProcessorID", w.paint)["searchTerms"]}, "1"},
		"in the future": {map[string]any{"startDate": "01/01/2100 00:00:00 UTC"}, "0"},
		"in the past":   {map[string]any{"endDate": "01/01/2000 00:00:00 GMT"}, "0"},
	} {
		if got := search(c.request).text("provenance", "results", "total"); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	brief := search(map[string]any{"summarize": true}).Body.String()
	if strings.Contains(brief, `"attributes"`) {
		t.Error("a summary has attributes")
	}
	for field, bad := range map[string]any{"startDate": "yesterday", "endDate": "11/21/2026 07:08:56 NOSUCH", "minimumFileSize": "much", "maxResults": 0} {
		w.do("POST", "/nifi-api/provenance", map[string]any{"provenance": map[string]any{"request": map[string]any{field: bad}}}).want(400, field)
	}
	w.do("POST", "/nifi-api/provenance", map[string]any{}).want(400, "request")
}

func TestProvenance_EventsTellBeforeAndAfter(t *testing.T) {
	w := newWorld(t)
	w.put("one", map[string]string{"filename": "1.txt"})
	w.run(w.paint)
	created := w.get("/provenance-events/0").want(200)
	if got := created.at("provenanceEvent", "inputContentAvailable"); got != false {
		t.Errorf("a CREATE event has input: %v", got)
	}
	if strings.Contains(created.Body.String(), "previousValue") {
		t.Error("a CREATE event has previous attributes")
	}
	painted := w.get("/provenance-events/latest/"+w.paint+"?limit=1").want(200).at("latestProvenanceEvents", "provenanceEvents", 0).(map[string]any)
	attributes := fmt.Sprint(painted["attributes"])
	for _, want := range []string{"map[name:color value:blue]", "map[name:filename previousValue:1.txt value:1.txt]"} {
		if !strings.Contains(attributes, want) {
			t.Errorf("%s is not in %s", want, attributes)
		}
	}
	if got := fmt.Sprint(painted["eventType"], painted["componentName"], painted["replayAvailable"]); got != "ATTRIBUTES_MODIFIEDPainttrue" && got != "ATTRIBUTES_MODIFIED Paint true" {
		t.Errorf("got %s", got)
	}
	event := "/provenance-events/" + painted["id"].(string)
	w.get(event+"/content/input").want(200, "one")
	w.get(event+"/content/output").want(200, "one")
	w.get("/provenance-events/0/content/input").want(400, "Input Content Claim not specified")
	w.get("/provenance-events/4711").want(404, "4711")
	w.get("/provenance-events/-1").want(404)
	w.get("/provenance-events/x").want(404)
}

func TestReplay_PutsTheFlowFileBack(t *testing.T) {
	w := newWorld(t)
	w.put("one", map[string]string{"filename": "1.txt"})
	w.run(w.paint)
	painted := w.get("/provenance-events/latest/"+w.paint).at("latestProvenanceEvents", "provenanceEvents", 0, "eventId")
	a := w.do("POST", "/nifi-api/provenance-events/replays", map[string]any{"eventId": painted}).want(201)
	if !strings.Contains(a.Header().Get("Location"), "/nifi-api/provenance-events/") {
		t.Errorf("got Location %s", a.Header().Get("Location"))
	}
	if count, size := w.n.Engine.Queue(w.queue).Size(); count != 1 || size != 3 {
		t.Errorf("the queue has %d FlowFiles of %d bytes", count, size)
	}
	w.do("POST", "/nifi-api/provenance-events/replays", map[string]any{"eventId": 0}).want(409, "queue")
	w.do("POST", "/nifi-api/provenance-events/replays", map[string]any{"eventId": 4711}).want(404)
	w.do("POST", "/nifi-api/provenance-events/replays", map[string]any{}).want(400)
}

func TestLineage_IsAGraph(t *testing.T) {
	w := newWorld(t)
	w.put("one", nil)
	w.run(w.paint)
	uuid := w.get("/provenance-events/0").text("provenanceEvent", "flowFileUuid")
	for name, request := range map[string]map[string]any{
		"by event":    {"lineageRequestType": "FLOWFILE", "eventId": 0},
		"by FlowFile": {"lineageRequestType": "FLOWFILE", "uuid": uuid},
	} {
		a := w.do("POST", "/nifi-api/provenance/lineage", map[string]any{"lineage": map[string]any{"request": request}}).want(201)
		path := w.location(a)
		a = w.get(path).want(200)
		nodes, links := a.at("lineage", "results", "nodes").([]any), a.at("lineage", "results", "links").([]any)
		if len(nodes) < 3 || len(links) < 2 {
			t.Errorf("%s: got %d nodes and %d links", name, len(nodes), len(links))
		}
		w.do("DELETE", "/nifi-api"+path, nil).want(200, "{}")
		w.get(path).want(404)
	}
	for name, request := range map[string]map[string]any{
		"no type": {"eventId": 0}, "bad type": {"lineageRequestType": "AUNTS", "eventId": 0}, "no start": {"lineageRequestType": "PARENTS"},
		"bad uuid": {"lineageRequestType": "FLOWFILE", "uuid": "x"},
	} {
		if a := w.do("POST", "/nifi-api/provenance/lineage", map[string]any{"lineage": map[string]any{"request": request}}); a.Code != 400 {
			t.Errorf("%s: got %d %s", name, a.Code, a.Body)
		}
	}
}

func TestCounters_AreCountedAndReset(t *testing.T) {
	w := newWorld(t)
	w.put("one", nil)
	w.put("two", nil)
	w.run(w.paint)
	c := w.get("/counters").want(200).at("counters", "aggregateSnapshot", "counters", 0).(map[string]any)
	if got := fmt.Sprint(c["context"], c["name"], c["value"]); got != "Paint ("+w.paint+")painted2" {
		t.Errorf("got %s", got)
	}
	path := "/nifi-api/counters/" + c["id"].(string)
	if got := w.do("PUT", path, nil).want(200).text("counter", "value"); got != "0" {
		t.Errorf("got %s", got)
	}
	w.do("PUT", "/nifi-api/counters/nosuch", nil).want(404)
	w.put("three", nil)
	w.run(w.paint)
	a := w.do("PUT", "/nifi-api/counters", nil).want(200)
	if got := a.text("counters", "aggregateSnapshot", "counters", 0, "value"); got != "0" {
		t.Errorf("got %s", got)
	}
}
