package api

import (
	"regexp"
	"slices"
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
)

func (s *server) getProcessorTypes(c *call) (any, error) {
	types, err := c.types("type", func(t *extension.Type) bool { return t.New != nil })
	return dto.ProcessorTypesEntity{ProcessorTypes: types}, err
}

func (s *server) getControllerServiceTypes(c *call) (any, error) {
	api := c.URL.Query().Get("serviceType")
	types, err := c.types("typeFilter", func(t *extension.Type) bool {
		return t.NewService != nil && (api == "" || slices.Contains(t.Spec.Facts.Services, api))
	})
	return dto.ControllerServiceTypesEntity{ControllerServiceTypes: types}, err
}

func (s *server) getReportingTaskTypes(c *call) (any, error) {
	types, err := c.types("type", func(t *extension.Type) bool { return t.NewReportingTask != nil })
	return dto.ReportingTaskTypesEntity{ReportingTaskTypes: types}, err
}

func (s *server) getPrioritizers(*call) (any, error) {
	e := dto.PrioritizerTypesEntity{}
	for _, t := range engine.Prioritizers {
		e.PrioritizerTypes = append(e.PrioritizerTypes, dto.DocumentedTypeDTO{
			Type: &t, Bundle: nifiBundle("nifi-framework-nar"), Restricted: new(false), Tags: []string{},
		})
	}
	return e, nil
}

// types lists the linked types that fit the query: exact bundle names, and a regular expression for the type.
func (c *call) types(filter string, fits func(*extension.Type) bool) ([]dto.DocumentedTypeDTO, error) {
	q := c.URL.Query()
	pattern, err := c.patternParam(filter)
	if err != nil {
		return nil, err
	}
	found := []dto.DocumentedTypeDTO{}
	for _, t := range c.s.engine.Types().All() {
		bundle := c.s.bundle(&t)
		if !fits(&t) || !asked(q.Get("bundleGroupFilter"), *bundle.Group) || !asked(q.Get("bundleArtifactFilter"), *bundle.Artifact) ||
			!typeMatches(pattern, t.Type) {
			continue
		}
		found = append(found, *documented(&t, bundle))
	}
	return found, nil
}

func asked(filter, value string) bool { return filter == "" || strings.EqualFold(filter, value) }

func typeMatches(pattern *regexp.Regexp, typ string) bool {
	return pattern == nil || pattern.MatchString(typ)
}

func documented(t *extension.Type, bundle *dto.BundleDTO) *dto.DocumentedTypeDTO {
	facts := &t.Spec.Facts
	d := &dto.DocumentedTypeDTO{
		Type: &t.Type, Bundle: bundle, Description: filled(t.Spec.Summary), Restricted: new(len(facts.Restrictions) > 0),
		Tags: list(t.Spec.Tags), ControllerServiceAPIs: serviceAPIDTOs(facts.Services),
	}
	for _, r := range facts.Restrictions {
		d.ExplicitRestrictions = append(d.ExplicitRestrictions, dto.ExplicitRestrictionDTO{
			Explanation:        filled(r.Doc),
			RequiredPermission: &dto.RequiredPermissionDTO{ID: new(strings.ReplaceAll(r.Permission, " ", "-")), Label: new(strings.ReplaceAll(r.Permission, "-", " "))},
		})
	}
	return d
}

func serviceAPIDTOs(types []string) []dto.ControllerServiceApiDTO {
	var out []dto.ControllerServiceApiDTO
	for _, t := range types {
		out = append(out, dto.ControllerServiceApiDTO{Type: &t, Bundle: nifiBundle(serviceAPIs)})
	}
	return out
}
