// Package flights is the example that `braid demo` runs: the flow and a week of its data. The data are all flights that
// left New York's airports in the first week of 2013 (US Bureau of Transportation Statistics, CC0), and a file in which
// some rows are broken.
package flights

import "embed"

// Flow is the flow, as a NiFi flow definition.
//
//go:embed flow.json
var Flow []byte

// Data holds the files: data/*.csv.
//
//go:embed data
var Data embed.FS
