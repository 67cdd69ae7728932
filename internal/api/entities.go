package api

import (
	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// The functions of this file make the parts that the entities of all components have.

// permissions are everyone's while there is no login. The value is shared and only read.
var permissions = &dto.PermissionsDTO{CanRead: new(true), CanWrite: new(true)}

// identity is who everyone is while there is no login.
const identity = "anonymous"

// filled is a field that is left out when it is empty.
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list is never nil, so that an empty list is written.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func (c *call) uri(path, id string) *string { return new(c.base + "/" + path + "/" + id) }

func position(p flow.Position) *dto.PositionDTO {
	return &dto.PositionDTO{X: new(dto.Double(p.X)), Y: new(dto.Double(p.Y))}
}

func positions(list []flow.Position) []dto.PositionDTO {
	out := make([]dto.PositionDTO, 0, len(list))
	for _, p := range list {
		out = append(out, *position(p))
	}
	return out
}

func revision(r flow.Revision) *dto.RevisionDTO {
	return &dto.RevisionDTO{ClientID: filled(r.ClientID), Version: new(int64(r.Version))}
}

// revisionOfWrite is the revision in the answer to a write, which names who made it.
func revisionOfWrite(r flow.Revision) *dto.RevisionDTO {
	d := revision(r)
	d.LastModifier = filled(r.LastModifier)
	return d
}

func (c *call) refreshed() *string { return new(c.view.now.Format(timeOfDay)) }

// bundle names where a type comes from. What is linked in answers as NiFi's bundle of the version whose API this is.
func (s *server) bundle(t *extension.Type) *dto.BundleDTO {
	if t.Artifact == "" {
		return &dto.BundleDTO{Group: new("braid"), Artifact: new("braid"), Version: new(s.version)}
	}
	return nifiBundle(t.Artifact)
}

func nifiBundle(artifact string) *dto.BundleDTO {
	return &dto.BundleDTO{Group: new("org.apache.nifi"), Artifact: &artifact, Version: new(nifiVersion)}
}

// bundleOf names where a component's code comes from, for a type that is not linked in what its flow says.
func (s *server) bundleOf(x *flow.Extension) (b *dto.BundleDTO, known bool) {
	if t, ok := s.engine.Types().Get(x.Type); ok {
		return s.bundle(&t), true
	}
	return &dto.BundleDTO{Group: new(x.Bundle.Group), Artifact: new(x.Bundle.Artifact), Version: new(x.Bundle.Version)}, false
}

// bulletinEntities lists bulletins. Of one whose source is gone only the time is told, as in NiFi.
func (c *call) bulletinEntities(bulletins []sdk.Bulletin) []dto.BulletinEntity {
	out := make([]dto.BulletinEntity, 0, len(bulletins))
	for _, b := range bulletins {
		out = append(out, c.bulletin(b))
	}
	return out
}

func (c *call) bulletin(b sdk.Bulletin) dto.BulletinEntity {
	e := dto.BulletinEntity{
		ID: &b.ID, GroupID: filled(b.GroupID), SourceID: filled(b.SourceID), Timestamp: new(b.Time.Format(timeOfDay)),
		TimestampIso: new(b.Time.UTC().Format(isoTime)), CanRead: new(false),
	}
	sourceType := "FLOW_CONTROLLER"
	if b.SourceID != "" {
		source := c.flow.Get(b.SourceID)
		if source == nil {
			return e
		}
		sourceType = string(source.Kind())
	}
	e.CanRead = new(true)
	e.Bulletin = &dto.BulletinDTO{
		ID: e.ID, Category: &b.Category, GroupID: e.GroupID, SourceID: e.SourceID, SourceName: filled(b.SourceName),
		SourceType: &sourceType, Level: &b.Level, Message: &b.Message, Timestamp: e.Timestamp, TimestampIso: e.TimestampIso,
	}
	return e
}

func (c *call) bulletinsOf(id string) []dto.BulletinEntity {
	return c.bulletinEntities(c.view.bulletinsOf(id))
}
