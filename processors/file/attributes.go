package file

import (
	"io/fs"
	"net/url"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// timeLayout is Java's yyyy-MM-dd'T'HH:mm:ssZ.
const timeLayout = "2006-01-02T15:04:05-0700"

// Names of the attributes that tell about a file.
const (
	attrCreated     = "file.creationTime"
	attrModified    = "file.lastModifiedTime"
	attrAccessed    = "file.lastAccessTime"
	attrOwner       = "file.owner"
	attrGroup       = "file.group"
	attrPermissions = "file.permissions"
	attrSize        = "file.size"
)

func describeAttributes(s *sdk.Spec) {
	s.WritesAttr(sdk.AttrFilename, "The name of the file")
	s.WritesAttr(sdk.AttrPath, "The folder of the file, relative to the Input Directory")
	s.WritesAttr(sdk.AttrAbsolutePath, "The folder of the file, as an absolute path")
	s.WritesAttr(attrModified, "When the file was modified last, as 2026-01-31T13:00:00+0000")
	s.WritesAttr(attrAccessed, "When the file was read last, if the system tells")
	s.WritesAttr(attrCreated, "When the file was made; where the system does not tell, when it was modified last")
	s.WritesAttr(attrOwner, "The owner of the file")
	s.WritesAttr(attrGroup, "The group of the file")
	s.WritesAttr(attrPermissions, "The permissions of the file, as rw-r-----")
}

// facts is what the system tells about a file beside what fs.FileInfo has.
type facts struct {
	created, accessed time.Time
	owner, group      string // "" if the system has no such thing
}

// appendFacts appends the attributes that tell about a file.
func appendFacts(attrs []sdk.Attr, info fs.FileInfo) []sdk.Attr {
	if n, ok := info.(named); ok {
		info = n.FileInfo
	}
	f := factsOf(info)
	attrs = append(attrs,
		sdk.Attr{Name: attrCreated, Value: f.created.Format(timeLayout)},
		sdk.Attr{Name: attrAccessed, Value: f.accessed.Format(timeLayout)})
	if f.owner != "" {
		attrs = append(attrs,
			sdk.Attr{Name: attrOwner, Value: f.owner},
			sdk.Attr{Name: attrGroup, Value: f.group},
			sdk.Attr{Name: attrPermissions, Value: info.Mode().Perm().String()[1:]})
	}
	return attrs
}

// names remembers the names of users and groups, which else are looked up in a file each time.
type names struct{ m sync.Map }

var users, groups names

func (n *names) of(id uint32, lookup func(string) (string, error)) string {
	if name, ok := n.m.Load(id); ok {
		return name.(string)
	}
	text := strconv.FormatUint(uint64(id), 10)
	name, err := lookup(text)
	if err != nil {
		name = text // as ls does: there is no such user any more
	}
	n.m.Store(id, name)
	return name
}

func userName(id string) (string, error) {
	u, err := user.LookupId(id)
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

func groupName(id string) (string, error) {
	g, err := user.LookupGroupId(id)
	if err != nil {
		return "", err
	}
	return g.Name, nil
}

// uri names a file in provenance events, in the form that Java gives: file:/folder/name.
func uri(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`%?#"<>[]^{}|\`, r) }) {
		path = (&url.URL{Path: path}).EscapedPath()
	}
	return "file:" + path
}
