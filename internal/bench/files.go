package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/braidflow/braid/internal/flow"
)

const benchFiles = 10_000

// Files measures GetFile to PutFile with 10,000 files of 1 KB, from the start of the processors until the last file is
// in place, and beside it what the file system does with such files without Braid.
func (s *Suite) Files(ctx context.Context) error {
	for range 3 {
		plain, err := s.plainFiles()
		if err != nil {
			return err
		}
		took, err := s.moveFiles(ctx)
		if err != nil {
			return err
		}
		s.Out(Result{
			Name: "files/GetFile-PutFile", PerSecond: new(benchFiles / took.Seconds()), Seconds: took.Seconds(),
			Details: map[string]any{"file_system_alone_per_second": int(benchFiles / plain.Seconds())},
		})
	}
	return nil
}

// fill writes the files and returns their folder.
func fill(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	content := make([]byte, 1024)
	for i := range benchFiles {
		copy(content, strconv.Itoa(i))
		if err := os.WriteFile(filepath.Join(dir, "file-"+strconv.Itoa(i)), content, 0o640); err != nil {
			return err
		}
	}
	return nil
}

// plainFiles times reading, writing under another name, renaming and removing.
func (s *Suite) plainFiles() (time.Duration, error) {
	dir, remove, err := s.temp("files")
	if err != nil {
		return 0, err
	}
	defer remove()
	in := filepath.Join(dir, "in")
	if err := fill(in); err != nil {
		return 0, err
	}
	start := time.Now()
	for i := range benchFiles {
		name := "file-" + strconv.Itoa(i)
		b, err := os.ReadFile(filepath.Join(in, name))
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(dir, "."+name), b, 0o640); err != nil {
			return 0, err
		}
		if err := os.Rename(filepath.Join(dir, "."+name), filepath.Join(dir, name)); err != nil {
			return 0, err
		}
		if err := os.Remove(filepath.Join(in, name)); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func (s *Suite) moveFiles(ctx context.Context) (took time.Duration, err error) {
	dir, remove, err := s.temp("files")
	if err != nil {
		return 0, err
	}
	defer remove()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := fill(in); err != nil {
		return 0, err
	}
	e, err := s.open(dir, nil)
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := e.Close(context.Background()); err == nil {
			err = cerr
		}
	}()
	b := newBuilder()
	get := b.processor(std+"standard.GetFile", nil, "Input Directory", in, "Batch Size", "1000", "Polling Interval", "1 sec")
	put := b.processor(std+"standard.PutFile", func(p *flow.Processor) { p.AutoTerminated = []string{"success", "failure"} },
		"Directory", out)
	b.connect(get, put, "success")
	f, err := b.build()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	e.Apply(f)
	e.Settle()
	if problems := e.NotRunning(); len(problems) > 0 {
		return 0, fmt.Errorf("%s", problems[0])
	}
	for e.TotalIn(put.ID) < benchFiles {
		if err := sleep(ctx, time.Millisecond); err != nil {
			return 0, err
		}
	}
	if err := e.Flush(ctx); err != nil {
		return 0, err
	}
	took = time.Since(start)
	got, err := os.ReadDir(out)
	if err == nil && len(got) != benchFiles {
		err = fmt.Errorf("%d of %d files arrived", len(got), benchFiles)
	}
	return took, err
}
