// Package file holds the processors that list, read and write files of the machine that Braid runs on.
//
// A source file is only deleted or moved once the FlowFile that holds its content is durable; see sdk.Session.AfterCommit.
package file

import "github.com/braidflow/braid/sdk"

// Components lists what the package offers.
var Components = []sdk.Component{FetchFile, GetFile, ListFile, PutFile}

// batch is how many FlowFiles one Trigger takes at most.
const batch = 100

// readRestriction and writeRestriction are what users must be allowed to do beside using the processor.
const (
	readRestriction  = "read filesystem"
	writeRestriction = "write filesystem"
)
