package api

import (
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// getBulletinBoard answers bulletins, oldest first; with a limit the newest of them.
func (s *server) getBulletinBoard(c *call) (any, error) {
	after, err := c.intParam("after", -1)
	if err != nil {
		return nil, err
	}
	limit, err := c.intParam("limit", 1<<31)
	if err != nil {
		return nil, err
	}
	type field struct {
		param string
		of    func(*sdk.Bulletin) string
	}
	var tests []func(*sdk.Bulletin) bool
	for _, f := range []field{
		{"sourceName", func(b *sdk.Bulletin) string { return b.SourceName }},
		{"message", func(b *sdk.Bulletin) string { return b.Message }},
		{"sourceId", func(b *sdk.Bulletin) string { return b.SourceID }},
		{"groupId", func(b *sdk.Bulletin) string { return b.GroupID }},
	} {
		pattern, err := c.patternParam(f.param)
		if err != nil {
			return nil, err
		}
		if pattern != nil {
			tests = append(tests, func(b *sdk.Bulletin) bool { return pattern.MatchString(f.of(b)) })
		}
	}
	found := s.engine.Bulletins.Select(func(b sdk.Bulletin) bool {
		return b.ID > after && !slices.ContainsFunc(tests, func(ok func(*sdk.Bulletin) bool) bool { return !ok(&b) })
	})
	found = found[:min(int64(len(found)), limit)]
	slices.Reverse(found)
	return dto.BulletinBoardEntity{BulletinBoard: &dto.BulletinBoardDTO{
		Bulletins: c.bulletinEntities(found), Generated: c.refreshed(),
	}}, nil
}

// getControllerBulletins answers the bulletins of what belongs to the whole flow.
func (s *server) getControllerBulletins(c *call) (any, error) {
	of := func(kind flow.Kind) []dto.BulletinEntity {
		out := []dto.BulletinEntity{}
		for d := range c.flow.In("", kind) {
			out = append(out, c.bulletinsOf(d.Common().ID)...)
		}
		return out
	}
	return dto.ControllerBulletinsEntity{
		Bulletins: c.bulletinsOf(""), ControllerServiceBulletins: of(flow.KindControllerService),
		ReportingTaskBulletins: of(flow.KindReportingTask), FlowAnalysisRuleBulletins: of(flow.KindFlowAnalysisRule),
		ParameterProviderBulletins: of(flow.KindParameterProvider), FlowRegistryClientBulletins: of(flow.KindFlowRegistryClient),
	}, nil
}
