package main

import (
	"bytes"
	"os"
	"testing"
)

// TestGenerated_IsCommitted proves that types.go is what the generator makes of the API description.
func TestGenerated_IsCommitted(t *testing.T) {
	spec, err := os.ReadFile("../../../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(spec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../types.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("types.go is not what api/openapi.json gives: run go generate ./internal/api/dto")
	}
}

func TestGoName_FollowsGo(t *testing.T) {
	for json, want := range map[string]string{
		"id": "ID", "parentGroupId": "ParentGroupID", "childUuids": "ChildUUIDs", "supportsEl": "SupportsEL",
		"niFiVersion": "NiFiVersion", "x": "X", "identifiesControllerService": "IdentifiesControllerService",
	} {
		if got := goName(json); got != want {
			t.Errorf("goName(%q) = %q, want %q", json, got, want)
		}
	}
}

func TestGenerate_RefusesWhatItDoesNotKnow(t *testing.T) {
	for name, spec := range map[string]string{
		"no JSON":        `{`,
		"schema is text": `{"components":{"schemas":{"A":{"type":"string"}}}}`,
		"odd integer":    `{"components":{"schemas":{"A":{"type":"object","properties":{"n":{"type":"integer"}}}}}}`,
	} {
		if code, err := generate([]byte(spec)); err == nil {
			t.Errorf("%s: got no error but %s", name, code)
		}
	}
}
