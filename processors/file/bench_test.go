package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/sdk/sdktest"
)

const benchFiles = 10_000

func BenchmarkGetFile(b *testing.B) {
	content := []byte(strings.Repeat("x", 1024))
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		for i := range benchFiles {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%05d", i)), content, 0o600); err != nil {
				b.Fatal(err)
			}
		}
		r := sdktest.New(b, file.GetFile)
		r.Set("Input Directory", dir)
		r.Set("Batch Size", "500")
		r.Start()
		b.StartTimer()
		for range benchFiles / 500 {
			if err := r.Trigger(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*benchFiles)/b.Elapsed().Seconds(), "files/s")
}

func BenchmarkPutFile(b *testing.B) {
	content := strings.Repeat("x", 1024)
	for b.Loop() {
		b.StopTimer()
		r := sdktest.New(b, file.PutFile)
		r.Set("Directory", b.TempDir())
		for i := range benchFiles {
			r.Enqueue(sdktest.FF(content, "filename", fmt.Sprintf("f%05d", i)))
		}
		r.Start()
		b.StartTimer()
		r.RunUntilEmpty()
	}
	b.ReportMetric(float64(b.N*benchFiles)/b.Elapsed().Seconds(), "files/s")
}
