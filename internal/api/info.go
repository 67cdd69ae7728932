package api

import (
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

func (s *server) getAbout(c *call) (any, error) {
	origin := strings.TrimSuffix(c.base, "/nifi-api")
	return dto.AboutEntity{About: &dto.AboutDTO{
		Title: new("Braid"), Version: new(nifiVersion), URI: new(c.base + "/"), ContentViewerURL: new(origin + "/nifi/#/content-viewer"),
		Timezone: new(c.view.now.Format("MST")), BuildTag: new("braid-" + s.version),
	}}, nil
}

// getControllerStatus answers the figures of the whole flow: what a status bar shows.
func (s *server) getControllerStatus(c *call) (any, error) {
	n := c.view.group(c.flow.Root().ID)
	return dto.ControllerStatusEntity{ControllerStatus: &dto.ControllerStatusDTO{
		ActiveThreadCount: count32(n.threads), TerminatedThreadCount: count32(n.terminated), Queued: new(formatPair(n.queued)),
		FlowFilesQueued: count32(n.queued.Count), BytesQueued: &n.queued.Bytes, RunningCount: count32(n.running),
		StoppedCount: count32(n.stopped), InvalidCount: count32(n.invalid), DisabledCount: count32(n.disabled),
		ActiveRemotePortCount: count32(n.active), InactiveRemotePortCount: count32(n.inactive),
		UpToDateCount: new(int32(0)), LocallyModifiedCount: new(int32(0)), StaleCount: new(int32(0)),
		LocallyModifiedAndStaleCount: new(int32(0)), SyncFailureCount: new(int32(0)),
	}}, nil
}

// restrictions are the permissions that components may ask for beside the usual ones, as NiFi's RequiredPermission.
var restrictions = []string{
	"read distributed filesystem", "access keytab", "export nifi details", "read filesystem",
	"access environment credentials", "reference remote resources", "execute code", "access ticket cache",
	"write filesystem", "write distributed filesystem",
}

func (s *server) getCurrentUser(*call) (any, error) {
	u := dto.CurrentUserEntity{
		Identity: new(identity), Anonymous: new(true), LogoutSupported: new(false), CanVersionFlows: new(false),
		ProvenancePermissions: permissions, CountersPermissions: permissions, TenantsPermissions: permissions,
		ControllerPermissions: permissions, PoliciesPermissions: permissions, SystemPermissions: permissions,
		ParameterContextPermissions: permissions, ConnectorsPermissions: permissions, RestrictedComponentsPermissions: permissions,
	}
	for _, label := range restrictions {
		u.ComponentRestrictionPermissions = append(u.ComponentRestrictionPermissions, dto.ComponentRestrictionPermissionDTO{
			Permissions:        permissions,
			RequiredPermission: &dto.RequiredPermissionDTO{ID: new(strings.ReplaceAll(label, " ", "-")), Label: new(label)},
		})
	}
	return u, nil
}

func (s *server) getFlowConfig(c *call) (any, error) {
	_, offset := c.view.now.Zone()
	root := c.flow.Root()
	return dto.FlowConfigurationEntity{FlowConfiguration: &dto.FlowConfigurationDTO{
		SupportsManagedAuthorizer: new(false), SupportsConfigurableAuthorizer: new(false),
		SupportsConfigurableUsersAndGroups: new(false), CurrentTime: c.refreshed(), TimeOffset: new(int32(offset * 1000)),
		DefaultBackPressureObjectThreshold:   &root.DefaultBackPressureObjects,
		DefaultBackPressureDataSizeThreshold: &root.DefaultBackPressureSize,
	}}, nil
}

// generateClientID answers an id for a client that sends none of its own making.
func (s *server) generateClientID(*call) (any, error) { return flowfile.NewUUID().String(), nil }

func (s *server) getBanners(*call) (any, error) {
	return dto.BannerEntity{Banners: &dto.BannerDTO{HeaderText: new(""), FooterText: new("")}}, nil
}

func (s *server) getClusterSummary(*call) (any, error) {
	return dto.ClusterSummaryEntity{ClusterSummary: &dto.ClusterSummaryDTO{
		ConnectedNodeCount: new(int32(0)), TotalNodeCount: new(int32(0)), Clustered: new(false), ConnectedToCluster: new(false),
	}}, nil
}

func (s *server) getControllerConfig(c *call) (any, error) {
	d := c.flow.Controller()
	return dto.ControllerConfigurationEntity{
		Revision: revision(d.Revision), Permissions: permissions,
		Component: &dto.ControllerConfigurationDTO{MaxTimerDrivenThreadCount: count32(d.MaxTimerDrivenThreads)},
	}, nil
}

// getRegistryClients lists the clients of flow registries, none of whose types is linked in.
func (s *server) getRegistryClients(c *call) (any, error) {
	e := dto.FlowRegistryClientsEntity{CurrentTime: c.refreshed(), Registries: []dto.FlowRegistryClientEntity{}}
	for _, d := range flow.List[*flow.FlowRegistryClient](c.flow, "") {
		bundle, known := s.bundleOf(&d.Extension)
		e.Registries = append(e.Registries, dto.FlowRegistryClientEntity{
			Revision: revision(d.Revision), ID: &d.ID, URI: c.uri("controller/registry-clients", d.ID), Permissions: permissions,
			OperatePermissions: permissions, Bulletins: c.bulletinsOf(d.ID),
			Component: &dto.FlowRegistryClientDTO{
				ID: &d.ID, Name: &d.Name, Description: filled(d.Comments), Type: &d.Type, Bundle: bundle, ExtensionMissing: new(!known),
			},
		})
	}
	return e, nil
}

func (s *server) getAuthenticationConfiguration(*call) (any, error) {
	return dto.AuthenticationConfigurationEntity{AuthenticationConfiguration: &dto.AuthenticationConfigurationDTO{
		ExternalLoginRequired: new(false), LoginSupported: new(false),
	}}, nil
}

func (s *server) createAccessToken(*call) (any, error) { return nil, errInsecure }
func (s *server) logOut(*call) (any, error)            { return nil, errInsecure }
