package schemaregistry_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/schemaregistry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type env struct{}

func (env) Compile(text string, _ sdk.Scope) (sdk.Expression, error) { return literal(text), nil }
func (env) Service(string) (any, error)                              { return nil, nil }

type literal string

func (l literal) Eval(sdk.Attributes) (string, error) { return string(l), nil }
func (l literal) Constant() (string, bool)            { return string(l), true }

// host has a clock.
type host struct {
	sdk.HostBackend
	now time.Time
}

func (h *host) Now() time.Time { return h.now }

func configure(t *testing.T, c sdk.Component, props map[string]string) (sdk.ControllerService, []error) {
	t.Helper()
	s := c.NewService()
	var spec sdk.Spec
	s.Describe(&spec)
	if err := spec.Check(); err != nil {
		t.Fatal(err)
	}
	if m, ok := s.(sdk.Migrator); ok {
		m.MigrateProperties(props)
	}
	problems := spec.Configure(props, env{})
	if v, ok := s.(sdk.Validator); ok && problems == nil {
		problems = v.Validate()
	}
	return s, problems
}

const text = `{"type":"record","name":"R","fields":[{"name":"x","type":"long"}]}`

func TestAvroSchemaRegistry(t *testing.T) {
	s, problems := configure(t, schemaregistry.AvroSchemaRegistry, map[string]string{"flights": text})
	if problems != nil {
		t.Fatal(problems)
	}
	reg := s.(record.SchemaRegistry)
	got, err := reg.SchemaByName(t.Context(), "flights", "", 0)
	if err != nil || got.String() != `["x": LONG]` || got.ID().Name != "flights" || record.AvroText(got) != text {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := reg.SchemaByName(t.Context(), "other", "", 0); !errors.Is(err, record.ErrSchemaNotFound) {
		t.Error(err)
	}
}

func TestAvroSchemaRegistry_Validates(t *testing.T) {
	odd := strings.Replace(text, `"x"`, `"x-y"`, 1)
	for name, tc := range map[string]struct {
		props map[string]string
		want  string
	}{
		"rubbish":        {map[string]string{"s": "{"}, "'s' is not a valid Avro schema"},
		"no record":      {map[string]string{"s": `"int"`}, "describes no record"},
		"name":           {map[string]string{"s": odd}, `"x-y" is not a name in Avro`},
		"namespace":      {map[string]string{"s": strings.Replace(text, `"name":"R"`, `"name":"R","namespace":"a..b"`, 1)}, "not a namespace"},
		"default":        {map[string]string{"s": strings.Replace(text, `"long"`, `"long","default":"n"`, 1)}, `default of field "x"`},
		"not checked":    {map[string]string{"s": odd, "Validation Strategy": "NONE"}, ""},
		"old, unchecked": {map[string]string{"s": odd, "avro-reg-validated-field-names": "false"}, ""},
	} {
		_, problems := configure(t, schemaregistry.AvroSchemaRegistry, tc.props)
		err := errors.Join(problems...)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// registryServer answers for one schema: subject a/b, version 3, number 7.
func registryServer(t *testing.T) (address string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	const known = `{"subject":"a/b","version":3,"id":7,"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"x\",\"type\":\"long\"}]}"}`
	answers := map[string]string{
		"/subjects/a%2Fb/versions/latest": known, "/subjects/a%2Fb/versions/3": known,
		"/schemas/ids/7":                   `{"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"x\",\"type\":\"long\"}]}"}`,
		"/schemas/ids/7/versions":          `[{"subject":"old","version":1},{"subject":"a/b","version":3}]`,
		"/schemas/ids/8":                   `{"schema":"message","schemaType":"PROTOBUF"}`,
		"/subjects/broken/versions/latest": `<html>`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		user, password, _ := r.BasicAuth()
		if user != "u" || password != "p" || r.Header.Get("X-Tenant") != "t" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		answer, ok := answers[r.URL.EscapedPath()]
		if !ok {
			http.Error(w, `{"error_code":40403}`, http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return s.URL, requests
}

func confluent(t *testing.T, h *host, props map[string]string) record.SchemaRegistry {
	t.Helper()
	s, problems := configure(t, schemaregistry.ConfluentSchemaRegistry, props)
	if problems != nil {
		t.Fatal(problems)
	}
	if err := s.(sdk.Starter).Start(t.Context(), sdk.NewHost(h)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.(sdk.Stopper).Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return s.(record.SchemaRegistry)
}

func TestConfluentSchemaRegistry(t *testing.T) {
	address, requests := registryServer(t)
	h := &host{now: time.Unix(1e9, 0)}
	reg := confluent(t, h, map[string]string{
		"url": "http://127.0.0.1:1, " + address + "/", "Authentication Type": "BASIC", "Username": "u", "Password": "p",
		"request.header.X-Tenant": "t", "Cache Expiration": "10 mins",
	})
	want := record.SchemaID{Name: "a/b", Version: 3, ID: 7}
	for name, find := range map[string]func() (*record.Schema, error){
		"latest":  func() (*record.Schema, error) { return reg.SchemaByName(t.Context(), "a/b", "", 0) },
		"version": func() (*record.Schema, error) { return reg.SchemaByName(t.Context(), "a/b", "", 3) },
		"id":      func() (*record.Schema, error) { return record.FindByID(t.Context(), reg, record.SchemaID{ID: 7}) },
	} {
		s, err := find()
		if err != nil || s.ID() != want || s.String() != `["x": LONG]` {
			t.Errorf("%s: %v, %v", name, s, err)
			continue
		}
		before := requests.Load()
		if _, err := find(); err != nil || requests.Load() != before {
			t.Errorf("%s: asked again, %v", name, err)
		}
		h.now = h.now.Add(11 * time.Minute)
		if _, err := find(); err != nil || requests.Load() == before {
			t.Errorf("%s: not asked again after the cache expired, %v", name, err)
		}
	}
	if _, err := reg.SchemaByName(t.Context(), "broken", "", 0); err == nil || !strings.Contains(err.Error(), "answers") {
		t.Error(err)
	}
	if _, err := record.FindByID(t.Context(), reg, record.SchemaID{ID: 8}); err == nil || !strings.Contains(err.Error(), "only AVRO") {
		t.Error(err)
	}
}

func TestConfluentSchemaRegistry_Errors(t *testing.T) {
	address, _ := registryServer(t)
	h := &host{now: time.Unix(1e9, 0)}
	refused := confluent(t, h, map[string]string{"Schema Registry URLs": address})
	if _, err := refused.SchemaByName(t.Context(), "a/b", "", 0); err == nil || !strings.Contains(err.Error(), "401") {
		t.Error(err)
	}
	unknown := confluent(t, h, map[string]string{"Schema Registry URLs": address, "Authentication Type": "BASIC", "Username": "u", "Password": "p", "request.header.X-Tenant": "t"})
	if _, err := unknown.SchemaByName(t.Context(), "no", "", 0); !errors.Is(err, record.ErrSchemaNotFound) {
		t.Error(err)
	}
	for want, props := range map[string]map[string]string{
		"does not begin with http": {"Schema Registry URLs": "localhost:8081"},
		"'Username' and":           {"Authentication Type": "BASIC", "Username": "u"},
		"request.header.":          {"X-Other": "v"},
	} {
		_, problems := configure(t, schemaregistry.ConfluentSchemaRegistry, props)
		if err := errors.Join(problems...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestConfluentEncoded(t *testing.T) {
	rs, _ := configure(t, schemaregistry.ConfluentEncodedSchemaReferenceReader, map[string]string{})
	ws, _ := configure(t, schemaregistry.ConfluentEncodedSchemaReferenceWriter, map[string]string{})
	r, w := rs.(record.ReferenceReader), ws.(record.ReferenceWriter)
	schema := record.NewSchema().Identified(record.SchemaID{ID: 258})
	head, err := w.Header(schema)
	if err != nil || string(head) != "\x00\x00\x00\x01\x02" {
		t.Fatalf("%x, %v", head, err)
	}
	in := strings.NewReader(string(head) + "rest")
	if id, err := r.SchemaID(nil, in); err != nil || id.ID != 258 || in.Len() != 4 {
		t.Errorf("%v, %v, %d left", id, err, in.Len())
	}
	for _, bad := range []string{"", "\x00\x00", "{\"a\":1}"} {
		if _, err := r.SchemaID(nil, strings.NewReader(bad)); err == nil {
			t.Errorf("%q has a schema", bad)
		}
	}
	if _, err := w.Header(record.NewSchema()); err == nil {
		t.Error("a schema without number was written")
	}
}
