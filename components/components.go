// Package components lists everything that is linked into the binary. A component that is not in this list does not
// exist: nothing registers itself.
package components

import (
	"slices"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/processors/http"
	"github.com/braidflow/braid/processors/jolt"
	"github.com/braidflow/braid/processors/json"
	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/processors/sql"
	"github.com/braidflow/braid/processors/text"
	reportingcore "github.com/braidflow/braid/reporting/core"
	"github.com/braidflow/braid/sdk"
	lookupservices "github.com/braidflow/braid/services/lookup"
	recordservices "github.com/braidflow/braid/services/record"
	"github.com/braidflow/braid/services/schemaregistry"
	sqlservices "github.com/braidflow/braid/services/sql"
)

// All returns the components of the standard binary.
func All() []sdk.Component {
	return slices.Concat(
		core.Components,
		file.Components,
		http.Components,
		jolt.Components,
		json.Components,
		record.Components,
		sql.Components,
		text.Components,
		reportingcore.Components,
		lookupservices.Components,
		recordservices.Components,
		schemaregistry.Components,
		sqlservices.Components,
	)
}
