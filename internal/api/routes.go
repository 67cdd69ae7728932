package api

import "net/http"

const (
	get  = http.MethodGet
	put  = http.MethodPut
	post = http.MethodPost
	del  = http.MethodDelete
)

// routes are all operations, grouped by resource. Whatever is not here answers 404 or 405.
var routes = []route{
	{get, "/authentication/configuration", "getAuthenticationConfiguration", (*server).getAuthenticationConfiguration, ""},
	{post, "/access/token", "createAccessToken", (*server).createAccessToken, "text/plain"},
	{del, "/access/logout", "logOut", (*server).logOut, "*/*"},

	{get, "/flow/about", "getAboutInfo", (*server).getAbout, ""},
	{get, "/flow/banners", "getBanners", (*server).getBanners, ""},
	{get, "/flow/bulletin-board", "getBulletinBoard", (*server).getBulletinBoard, ""},
	{get, "/flow/client-id", "generateClientId", (*server).generateClientID, "text/plain"},
	{get, "/flow/cluster/summary", "getClusterSummary", (*server).getClusterSummary, ""},
	{get, "/flow/config", "getFlowConfig", (*server).getFlowConfig, ""},
	{get, "/flow/connections/{id}/status", "getConnectionStatus", (*server).getConnectionStatus, ""},
	{get, "/flow/controller-service-types", "getControllerServiceTypes", (*server).getControllerServiceTypes, ""},
	{get, "/flow/controller/bulletins", "getBulletins", (*server).getControllerBulletins, ""},
	{get, "/flow/controller/controller-services", "getControllerServicesFromController", (*server).getControllerLevelServices, ""},
	{get, "/flow/current-user", "getCurrentUser", (*server).getCurrentUser, ""},
	{get, "/flow/input-ports/{id}/status", "getInputPortStatus", (*server).getInputPortStatus, ""},
	{get, "/flow/output-ports/{id}/status", "getOutputPortStatus", (*server).getOutputPortStatus, ""},
	{get, "/flow/parameter-contexts", "getParameterContexts", (*server).getParameterContexts, ""},
	{get, "/flow/prioritizers", "getPrioritizers", (*server).getPrioritizers, ""},
	{get, "/flow/process-groups/{id}", "getFlow_1", (*server).getFlow, ""},
	{put, "/flow/process-groups/{id}", "scheduleComponents", (*server).scheduleComponents, ""},
	{get, "/flow/process-groups/{id}/breadcrumbs", "getBreadcrumbs", (*server).getBreadcrumbs, ""},
	{get, "/flow/process-groups/{id}/controller-services", "getControllerServicesFromGroup", (*server).getGroupServices, ""},
	{get, "/flow/process-groups/{id}/status", "getProcessGroupStatus", (*server).getProcessGroupStatus, ""},
	{get, "/flow/processor-types", "getProcessorTypes", (*server).getProcessorTypes, ""},
	{get, "/flow/processors/{id}/status", "getProcessorStatus", (*server).getProcessorStatus, ""},
	{get, "/flow/registries", "getRegistryClients", (*server).getRegistryClients, ""},
	{get, "/flow/reporting-task-types", "getReportingTaskTypes", (*server).getReportingTaskTypes, ""},
	{get, "/flow/search-results", "searchFlow", (*server).searchFlow, ""},
	{get, "/flow/status", "getControllerStatus", (*server).getControllerStatus, ""},

	{get, "/connections/{id}", "getConnection", (*server).getConnection, ""},
	{get, "/controller-services/{id}", "getControllerService", (*server).getControllerService, ""},
	{get, "/controller-services/{id}/references", "getControllerServiceReferences", (*server).getControllerServiceReferences, ""},
	{get, "/controller/config", "getControllerConfig", (*server).getControllerConfig, ""},
	{get, "/funnels/{id}", "getFunnel", (*server).getFunnel, ""},
	{get, "/input-ports/{id}", "getInputPort", (*server).getInputPort, ""},
	{get, "/labels/{id}", "getLabel", (*server).getLabel, ""},
	{get, "/output-ports/{id}", "getOutputPort", (*server).getOutputPort, ""},
	{get, "/parameter-contexts/{id}", "getParameterContext", (*server).getParameterContext, ""},
	{get, "/process-groups/{id}", "getProcessGroup", (*server).getProcessGroup, ""},
	{get, "/processors/{id}", "getProcessor", (*server).getProcessor, ""},
	{put, "/processors/{id}/run-status", "updateRunStatus_5", (*server).updateProcessorRunStatus, ""},
	{get, "/remote-process-groups/{id}", "getRemoteProcessGroup", (*server).getRemoteProcessGroup, ""},

	{get, "/counters", "getCounters", (*server).getCounters, ""},
	{put, "/counters", "updateAllCounters", (*server).resetCounters, ""},
	{put, "/counters/{id}", "updateCounter", (*server).resetCounter, ""},
	{get, "/system-diagnostics", "getSystemDiagnostics", (*server).getSystemDiagnostics, ""},

	{post, "/flowfile-queues/{id}/listing-requests", "createFlowFileListing", (*server).createListing, ""},
	{get, "/flowfile-queues/{id}/listing-requests/{request}", "getListingRequest", (*server).getListing, ""},
	{del, "/flowfile-queues/{id}/listing-requests/{request}", "deleteListingRequest", (*server).deleteListing, ""},
	{get, "/flowfile-queues/{id}/flowfiles/{flowfile}", "getFlowFile", (*server).getFlowFile, ""},
	{get, "/flowfile-queues/{id}/flowfiles/{flowfile}/content", "downloadFlowFileContent", (*server).downloadFlowFileContent, "*/*"},
	{post, "/flowfile-queues/{id}/drop-requests", "createDropRequest", (*server).createDrop, ""},
	{get, "/flowfile-queues/{id}/drop-requests/{request}", "getDropRequest", (*server).getDrop, ""},
	{del, "/flowfile-queues/{id}/drop-requests/{request}", "removeDropRequest", (*server).deleteDrop, ""},

	{get, "/provenance/search-options", "getSearchOptions", (*server).getSearchOptions, ""},
	{post, "/provenance", "submitProvenanceRequest", (*server).submitProvenance, ""},
	{get, "/provenance/{id}", "getProvenance", (*server).getProvenance, ""},
	{del, "/provenance/{id}", "deleteProvenance", (*server).deleteProvenance, ""},
	{post, "/provenance/lineage", "submitLineageRequest", (*server).submitLineage, ""},
	{get, "/provenance/lineage/{id}", "getLineage", (*server).getLineage, ""},
	{del, "/provenance/lineage/{id}", "deleteLineage", (*server).deleteLineage, ""},
	{get, "/provenance-events/{id}", "getProvenanceEvent", (*server).getProvenanceEvent, ""},
	{get, "/provenance-events/{id}/content/input", "getInputContent", (*server).getInputContent, "*/*"},
	{get, "/provenance-events/{id}/content/output", "getOutputContent", (*server).getOutputContent, "*/*"},
	{get, "/provenance-events/latest/{component}", "getLatestProvenanceEvents", (*server).getLatestEvents, ""},
	{post, "/provenance-events/replays", "submitReplay", (*server).submitReplay, ""},
}
