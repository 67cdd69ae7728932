// Package jolt holds the processors that transform JSON and records by Jolt specifications.
package jolt

import "github.com/braidflow/braid/sdk"

// Components are the processors of this package.
var Components = []sdk.Component{JoltTransformJSON, JoltTransformRecord}

const artifact = "nifi-jolt-nar"

// batch is how many FlowFiles one Trigger takes at most.
const batch = 100
