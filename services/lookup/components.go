// Package lookup holds lookup services: tables of values and records that
// processors enrich their data with.
package lookup

import "github.com/braidflow/braid/sdk"

// Components are the services of this package.
var Components = []sdk.Component{CSVRecordLookupService, PropertiesFileLookupService, SimpleKeyValueLookupService}
