// Package definition reads and writes dataflows in NiFi's JSON: flow definitions, as a process group is downloaded and
// uploaded ([Definition]), and the file flow.json.gz in which a node keeps its whole flow ([NodeFlow]).
//
// Both are trees of the same versioned components. Each has an identifier, the same in every environment that the flow
// is taken to, and an instanceIdentifier, its id in the one it came from. A definition names controller services by
// identifier, a node's file by instance id.
//
// Reading takes what NiFi 1.16 and later write. Unknown fields are listed in Ignored; unknown types of components are
// kept as they are. The types here mirror the files; package flow holds the model that a node works with.
package definition
