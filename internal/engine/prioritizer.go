package engine

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// order compares two FlowFiles of a queue: less than zero if a is to be taken before b.
type order func(a, b *flowfile.FlowFile) int

// Prioritizers are the types that a connection may name, in the order of NiFi's listing.
var Prioritizers = []string{
	prioritizerPrefix + "FirstInFirstOutPrioritizer",
	prioritizerPrefix + "NewestFlowFileFirstPrioritizer",
	prioritizerPrefix + "OldestFlowFileFirstPrioritizer",
	prioritizerPrefix + "PriorityAttributePrioritizer",
}

const prioritizerPrefix = "org.apache.nifi.prioritizer."

// newOrder makes the order of several prioritizers, the first of which decides first; nil if there are none.
func newOrder(types []string) (order, error) {
	var orders []order
	for _, t := range types {
		o, ok := orderByType[strings.TrimPrefix(t, prioritizerPrefix)]
		if !ok {
			return nil, fmt.Errorf("prioritizer %s is not known: use one of %s", t, strings.Join(Prioritizers, ", "))
		}
		orders = append(orders, o)
	}
	if len(orders) == 0 {
		return nil, nil
	}
	return func(a, b *flowfile.FlowFile) int {
		for _, o := range orders {
			if c := o(a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	}, nil
}

var orderByType = map[string]order{
	"FirstInFirstOutPrioritizer":     firstIn,
	"NewestFlowFileFirstPrioritizer": func(a, b *flowfile.FlowFile) int { return oldest(b, a) },
	"OldestFlowFileFirstPrioritizer": oldest,
	"PriorityAttributePrioritizer":   byPriority,
}

func firstIn(a, b *flowfile.FlowFile) int { return cmp.Compare(a.Queued, b.Queued) }

func oldest(a, b *flowfile.FlowFile) int {
	return cmp.Or(cmp.Compare(a.Lineage, b.Lineage), cmp.Compare(a.ID, b.ID))
}

// byPriority is NiFi's PriorityAttributePrioritizer: whole numbers, the lowest first, before other texts, before
// FlowFiles without the attribute.
func byPriority(a, b *flowfile.FlowFile) int {
	pa, hasA := a.Attrs.Get("priority")
	pb, hasB := b.Attrs.Get("priority")
	if !hasA || !hasB {
		return boolRank(!hasA) - boolRank(!hasB)
	}
	na, errA := strconv.ParseInt(strings.TrimSpace(pa), 10, 64)
	nb, errB := strconv.ParseInt(strings.TrimSpace(pb), 10, 64)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(na, nb)
	case errA != nil && errB != nil:
		return strings.Compare(pa, pb)
	}
	return boolRank(errA != nil) - boolRank(errB != nil)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}
