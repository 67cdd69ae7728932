package schemaregistry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/braidflow/braid/sdk/record"
)

// maxAnswer bounds the bytes of an answer.
const maxAnswer = 32 << 20

// client speaks the REST protocol of a Confluent Schema Registry.
type client struct {
	urls           []string
	header         http.Header
	user, password string
	http           *http.Client
}

// registered is a schema as the registry describes it. Answers to queries by
// number lack all but Schema and Type.
type registered struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
	ID      int64  `json:"id"`
	Schema  string `json:"schema"`
	Type    string `json:"schemaType"`
}

func (r registered) schema() (*record.Schema, error) {
	if r.Type != "" && r.Type != "AVRO" {
		return nil, fmt.Errorf("schema %q of the registry is of type %s; only AVRO is supported", r.Subject, r.Type)
	}
	s, err := record.ParseAvro(r.Schema)
	if err != nil {
		return nil, fmt.Errorf("schema %q of the registry: %w", r.Subject, err)
	}
	return s.Identified(record.SchemaID{Name: r.Subject, Version: r.Version, ID: r.ID}), nil
}

func (c *client) bySubject(ctx context.Context, subject string, version int) (*record.Schema, error) {
	which := "latest"
	if version > 0 {
		which = strconv.Itoa(version)
	}
	var r registered
	if err := c.do(ctx, "/subjects/"+url.PathEscape(subject)+"/versions/"+which, &r); err != nil {
		return nil, fmt.Errorf("get schema %q: %w", subject, err)
	}
	return r.schema()
}

// byID also looks for the name and version of the schema, which old registries
// do not tell; it does without them then.
func (c *client) byID(ctx context.Context, id int64) (*record.Schema, error) {
	path := "/schemas/ids/" + strconv.FormatInt(id, 10)
	var found registered
	if err := c.do(ctx, path, &found); err != nil {
		return nil, fmt.Errorf("get schema %d: %w", id, err)
	}
	found.ID = id
	var versions []registered
	err := c.do(ctx, path+"/versions", &versions)
	if err != nil && !errors.Is(err, record.ErrSchemaNotFound) {
		return nil, fmt.Errorf("get versions of schema %d: %w", id, err)
	}
	for _, v := range versions {
		if v.Version > found.Version {
			found.Subject, found.Version = v.Subject, v.Version
		}
	}
	return found.schema()
}

// do asks one address after the other. The error is ErrSchemaNotFound if any of
// them says so, otherwise that of the last.
func (c *client) do(ctx context.Context, path string, answer any) (err error) {
	for _, base := range c.urls {
		asked := c.ask(ctx, base+path, answer)
		if asked == nil {
			return nil
		}
		if !errors.Is(err, record.ErrSchemaNotFound) {
			err = asked
		}
	}
	return err
}

func (c *client) ask(ctx context.Context, address string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header = c.header.Clone()
	if c.user != "" {
		req.SetBasicAuth(c.user, c.password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case resp.StatusCode == http.StatusNotFound:
		return record.ErrSchemaNotFound
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers %s: %.200q", address, resp.Status, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s answers %.100q: %w", address, text, err)
	}
	return nil
}
