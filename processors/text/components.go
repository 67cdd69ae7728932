// Package text holds the processors that change, split and merge contents as text or as bytes.
package text

import "github.com/braidflow/braid/sdk"

// Components lists what the package offers.
var Components = []sdk.Component{ExtractText, MergeContent, ReplaceText, RouteOnContent, SplitText}

// batch is how many FlowFiles one Trigger takes at most.
const batch = 100
