package file

import (
	"io/fs"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
)

// filter says which files are wanted. It is bound by Describe and read-only afterwards.
type filter struct {
	name, path       pattern // path may be unset
	recurse          bool
	ignoreHidden     bool
	minAge, maxAge   time.Duration // maxAge 0: no limit
	minSize, maxSize int64         // maxSize 0: no limit
	pathOfRoot       bool          // whether files in the folder itself may match the path filter
}

func (f *filter) describeNames(s *sdk.Spec) {
	sdk.Parsed(s, &f.name, wholeMatch, "File Filter", "Only files whose whole name matches this regular expression are picked up.",
		sdk.Required, sdk.Default(`[^\.].*`))
	sdk.Parsed(s, &f.path, wholeMatch, "Path Filter", "If subfolders are read: only files in folders whose whole path, relative to "+
		"the Input Directory, matches this regular expression are picked up.")
}

func (f *filter) describeRecurse(s *sdk.Spec) {
	s.Bool(&f.recurse, "Recurse Subdirectories", "Whether files in subfolders are picked up too.", sdk.Required, sdk.Default("true"))
}

func (f *filter) describeHidden(s *sdk.Spec) {
	s.Bool(&f.ignoreHidden, "Ignore Hidden Files", "Whether hidden files are left alone.", sdk.Required, sdk.Default("true"))
}

func (f *filter) describeLimits(s *sdk.Spec) {
	s.Duration(&f.minAge, "Minimum File Age", "Younger files, by their modification date, are left alone for now.",
		sdk.Required, sdk.Default("0 sec"))
	s.Duration(&f.maxAge, "Maximum File Age", "Older files, by their modification date, are left alone.")
	s.Size(&f.minSize, "Minimum File Size", "Smaller files are left alone.", sdk.Required, sdk.Default("0 B"))
	s.Size(&f.maxSize, "Maximum File Size", "Larger files are left alone.")
}

// acceptsDir tells whether the files directly in a folder may be wanted; rel is its path below the root, "" for the root.
func (f *filter) acceptsDir(rel string) bool {
	if f.path.matches == nil || !f.recurse {
		return true
	}
	if rel == "" && !f.pathOfRoot {
		return false
	}
	return f.path.matches(rel)
}

// acceptsName is asked first: it spares asking the disk about files that nobody wants.
func (f *filter) acceptsName(name string) bool { return f.name.matches(name) }

func (f *filter) accepts(info fs.FileInfo, now time.Time) bool {
	age := now.Sub(info.ModTime())
	return info.Size() >= f.minSize && (f.maxSize == 0 || info.Size() <= f.maxSize) &&
		age >= f.minAge && (f.maxAge == 0 || age <= f.maxAge) &&
		(!f.ignoreHidden || !hidden(info))
}

// pattern is a regular expression that must match all of a text.
type pattern struct {
	text    string
	matches func(string) bool
}

func wholeMatch(expr string) (pattern, error) {
	re, err := javaregex.Compile(expr, 0)
	if err != nil {
		return pattern{}, err
	}
	return pattern{expr, func(text string) bool {
		ok, err := re.Match(text)
		return ok && err == nil // one that takes too long does not match
	}}, nil
}
