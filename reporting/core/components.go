// Package core holds reporting tasks that need nothing but the node itself.
package core

import "github.com/braidflow/braid/sdk"

// Components lists the package's reporting tasks in alphabetical order.
var Components = []sdk.Component{ControllerStatusReportingTask}
