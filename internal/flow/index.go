package flow

import (
	"iter"
	"maps"
	"slices"
)

// shardCount bounds what an edit copies: one shard of one index, some 40 entries in a flow of 10,000 components.
const shardCount = 256

// index is a map that is cheap to copy on write: readers keep a version, a [draft] copies only the shards it changes.
type index[V any] struct{ shards *[shardCount]*shard[V] }

// shard is behind a pointer so that two versions that share it are known to be equal.
type shard[V any] struct{ m map[string]V }

func newIndex[V any]() index[V] {
	x := index[V]{new([shardCount]*shard[V])}
	empty := &shard[V]{}
	for i := range x.shards {
		x.shards[i] = empty
	}
	return x
}

func shardOf(id string) int {
	h := uint32(2166136261) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h % shardCount)
}

func (x index[V]) get(id string) (V, bool) {
	v, ok := x.shards[shardOf(id)].m[id]
	return v, ok
}

// indexDraft is an index under change. owned marks the shards that no reader can see.
type indexDraft[V any] struct {
	index[V]
	copied bool
	owned  [shardCount]bool
}

func (d *indexDraft[V]) own(id string) map[string]V {
	if !d.copied {
		all := *d.shards
		d.shards, d.copied = &all, true
	}
	i := shardOf(id)
	if !d.owned[i] {
		d.owned[i] = true
		mine := &shard[V]{maps.Clone(d.shards[i].m)}
		if mine.m == nil {
			mine.m = map[string]V{}
		}
		d.shards[i] = mine
	}
	return d.shards[i].m
}

func (d *indexDraft[V]) set(id string, v V) { d.own(id)[id] = v }
func (d *indexDraft[V]) remove(id string)   { delete(d.own(id), id) }

// ref names a component in a list that is sorted by kind and id.
type ref struct {
	kind Kind
	id   string
}

func (r ref) compare(o ref) int {
	if r.kind != o.kind {
		if r.kind < o.kind {
			return -1
		}
		return 1
	}
	if r.id < o.id {
		return -1
	}
	if r.id > o.id {
		return 1
	}
	return 0
}

// refs maps a key (a group, or the end of connections) to the components that belong to it.
type refs struct{ index[*[]ref] }

// of yields the ids of one kind under a key, sorted.
func (r refs) of(key string, kind Kind) iter.Seq[string] {
	return func(yield func(string) bool) {
		list, ok := r.get(key)
		if !ok {
			return
		}
		i, _ := slices.BinarySearchFunc(*list, ref{kind: kind}, ref.compare)
		for ; i < len(*list) && (*list)[i].kind == kind; i++ {
			if !yield((*list)[i].id) {
				return
			}
		}
	}
}

// refsDraft is refs under change; mine marks the lists that no reader can see.
type refsDraft struct {
	indexDraft[*[]ref]
	mine map[string]bool
}

func (d *refsDraft) list(key string) *[]ref {
	if list, ok := d.get(key); ok && d.mine[key] {
		return list
	} else if ok {
		grown := append(make([]ref, 0, len(*list)+1), *list...)
		d.set(key, &grown)
	} else {
		d.set(key, &[]ref{})
	}
	if d.mine == nil {
		d.mine = map[string]bool{}
	}
	d.mine[key] = true
	list, _ := d.get(key)
	return list
}

func (d *refsDraft) add(key string, r ref) {
	list := d.list(key)
	if i, found := slices.BinarySearchFunc(*list, r, ref.compare); !found {
		*list = slices.Insert(*list, i, r)
	}
}

func (d *refsDraft) drop(key string, r ref) {
	list := d.list(key)
	if i, found := slices.BinarySearchFunc(*list, r, ref.compare); found {
		*list = slices.Delete(*list, i, i+1)
	}
	if len(*list) == 0 {
		d.remove(key)
	}
}
