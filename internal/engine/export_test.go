package engine

import "github.com/braidflow/braid/internal/repo/content"

// Contents returns what the content repository holds.
func (e *Engine) Contents() content.Stats { return e.contents.Stats() }
