package sql

import (
	"context"
	"sync"

	"github.com/braidflow/braid/services/dbcp"
)

// tableName identifies a table for the cache; not every pool leads to one database only.
type tableName struct{ url, catalog, schema, name string }

// tables remembers what databases said of their tables.
type tables struct {
	size  int
	mu    sync.Mutex // guards known, order
	known map[tableName]*dbcp.Table
	order []tableName // oldest first
}

func newTables(size int) *tables { return &tables{size: size, known: map[tableName]*dbcp.Table{}} }

// get reads a table once. Two that ask for the same one at the same time may both read it.
func (t *tables) get(ctx context.Context, db dbcp.Execer, d dbcp.Dialect, n tableName) (*dbcp.Table, error) {
	t.mu.Lock()
	table := t.known[n]
	t.mu.Unlock()
	if table != nil {
		return table, nil
	}
	table, err := dbcp.ReadTable(ctx, db, d, n.catalog, n.schema, n.name)
	if err != nil || t.size == 0 {
		return table, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.known[n]; !known {
		t.order = append(t.order, n)
	}
	t.known[n] = table
	if len(t.order) > t.size {
		delete(t.known, t.order[0])
		t.order = t.order[1:]
	}
	return table, nil
}

// forget drops a table, because a failure may mean that it was altered.
func (t *tables) forget(n tableName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.known[n]; !known {
		return
	}
	delete(t.known, n)
	for i, o := range t.order {
		if o == n {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			return
		}
	}
}
