// Package sql holds the processors that work on relational databases, over the
// connection pools of services/sql.
//
// Values are always bound as parameters and names are taken from the database's
// own catalog and quoted, so nothing that a FlowFile says becomes part of a statement,
// except where the statement itself is the data (statement type SQL).
package sql

import "github.com/braidflow/braid/sdk"

// Components are the processors of this package.
var Components = []sdk.Component{PutDatabaseRecord}
