package arch

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pages returns the names of all Markdown files.
func pages(t *testing.T) (list []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && skipped(name) {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDocs_AreShort(t *testing.T) {
	for name, limit := range map[string]int{"README.md": 120, architecture: 300} {
		if n := strings.Count(read(t, name), "\n"); n > limit {
			t.Errorf("%s has %d lines, more than %d", name, n, limit)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestDocs_LinksLeadSomewhere(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			checked++
			if _, err := os.Stat(filepath.Join(root, path.Dir(page), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: %s is not there", page, m[1])
			}
		}
	}
	if checked == 0 {
		t.Error("no link found: the test looks in the wrong place")
	}
}

var excerpt = regexp.MustCompile("(?s)<!-- from (\\S+) -->\n```go\n(.*?)```")

// Code in a page is code that is compiled and tested.
func TestDocs_CodeIsFromTheSource(t *testing.T) {
	for _, page := range []string{"README.md", "docs/guides/a-processor.md"} {
		text := read(t, page)
		found := excerpt.FindAllStringSubmatch(text, -1)
		if n := strings.Count(text, "```go"); n != len(found) || n == 0 {
			t.Errorf("%s: %d pieces of Go, of which %d say where they are from", page, n, len(found))
		}
		for _, m := range found {
			if !strings.Contains(read(t, m[1]), m[2]) {
				t.Errorf("%s: this is not in %s:\n%s", page, m[1], m[2])
			}
		}
	}
}

// The numbers of cases that the README speaks of are those that the tests run.
func TestReadme_CountsTheCases(t *testing.T) {
	for language, file := range map[string]string{
		"Expression Language": "internal/el/testdata/el-cases.tsv",
		"RecordPath":          "sdk/recordpath/testdata/recordpath-cases.tsv",
	} {
		n := 0
		for line := range strings.Lines(read(t, file)) {
			if !strings.HasPrefix(line, "#") {
				n++
			}
		}
		want := fmt.Sprintf("| %s | %s of %s", language, thousands(n), thousands(n))
		if !strings.Contains(read(t, "README.md"), want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
