package vfs_test

import (
	"math/rand/v2"
	"testing"

	"github.com/braidflow/braid/internal/vfs"
)

func TestMakeDir_SurvivesACrash(t *testing.T) {
	m := vfs.NewMem()
	if err := vfs.MakeDir(m, "/a/b/c"); err != nil {
		t.Fatal(err)
	}
	if err := vfs.MakeDir(m, "/a/b/c"); err != nil {
		t.Errorf("again: %v", err)
	}
	clone := m.CrashClone(rand.New(rand.NewPCG(1, 1)), 0)
	if _, err := clone.Stat("/a/b/c"); err != nil {
		t.Errorf("after a crash: %v", err)
	}
}
