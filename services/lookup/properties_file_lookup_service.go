package lookup

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
)

// PropertiesFileLookupService finds values in a Java properties file.
var PropertiesFileLookupService = sdk.Component{
	Type:       "org.apache.nifi.lookup.PropertiesFileLookupService",
	Artifact:   "nifi-lookup-services-nar",
	NewService: func() sdk.ControllerService { return new(propertiesFile) },
}

type propertiesFile struct {
	file      string
	host      *sdk.Host
	table     atomic.Pointer[properties]
	nextCheck atomic.Int64 // Unix nanoseconds; taken by whoever moves it on
}

// properties is the file as it was read.
type properties struct {
	values   map[string]string
	modified time.Time
	size     int64
}

func (p *propertiesFile) Describe(s *sdk.Spec) {
	s.About("Finds the values of keys in a Java properties file. The file is held in memory, and read again when it has changed.",
		"lookup", "cache", "enrich", "join", "properties", "reloadable", "key", "value")
	s.Details("The key is given as the coordinate `key`. The file is in UTF-8.")
	s.Offers(lookup.StringServiceType, lookup.ServiceType)
	s.Restricted("read filesystem", "Can read any file that the node can read.")
	s.String(&p.file, "Configuration File", "The file.", sdk.Required, sdk.FromEnv, sdk.Refers(sdk.File))
}

// MigrateProperties implements [sdk.Migrator].
func (p *propertiesFile) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "configuration-file", "Configuration File")
}

// Start reads the file.
func (p *propertiesFile) Start(_ context.Context, h *sdk.Host) error {
	t, err := p.load()
	if err != nil {
		return err
	}
	p.host = h
	p.table.Store(t)
	p.nextCheck.Store(h.Now().Add(checkInterval).UnixNano())
	return nil
}

// Stop drops the table.
func (p *propertiesFile) Stop(context.Context) error {
	p.table.Store(nil)
	return nil
}

// Keys implements [lookup.Service].
func (p *propertiesFile) Keys() []string { return []string{keyCoordinate} }

// ReturnsRecord implements [lookup.Service].
func (p *propertiesFile) ReturnsRecord() bool { return false }

// Lookup implements [lookup.Service].
func (p *propertiesFile) Lookup(_ context.Context, at map[string]record.Value, _ map[string]string) (record.Value, bool, error) {
	p.refresh()
	key, t := at[keyCoordinate], p.table.Load()
	if t == nil || key.IsNull() {
		return record.Null, false, nil
	}
	v, found := t.values[record.ToString(key, record.DefaultFormats)]
	if !found {
		return record.Null, false, nil
	}
	return record.StringValue(v), true, nil
}

// refresh reads the file again if it has changed; what cannot be read leaves the old values.
func (p *propertiesFile) refresh() {
	now := p.host.Now()
	due := p.nextCheck.Load()
	if now.UnixNano() < due || !p.nextCheck.CompareAndSwap(due, now.Add(checkInterval).UnixNano()) {
		return
	}
	info, err := os.Stat(p.file)
	old := p.table.Load()
	if err == nil && old != nil && info.ModTime().Equal(old.modified) && info.Size() == old.size {
		return
	}
	var t *properties
	if err == nil {
		t, err = p.load()
	}
	if err != nil {
		p.host.Log().Error("the properties file cannot be read again: the values that were read before stay", "file", p.file, "error", err)
		return
	}
	p.table.Store(t)
}

// maxProperties is how large the file may be.
const maxProperties = 64 << 20

func (p *propertiesFile) load() (*properties, error) {
	info, err := os.Stat(p.file)
	if err != nil {
		return nil, fmt.Errorf("read properties file: %w", err)
	}
	if info.Size() > maxProperties {
		return nil, fmt.Errorf("properties file %s is larger than 64 MB", p.file)
	}
	b, err := os.ReadFile(p.file)
	if err != nil {
		return nil, fmt.Errorf("read properties file: %w", err)
	}
	return &properties{parseProperties(b), info.ModTime(), info.Size()}, nil
}

// parseProperties reads the form of java.util.Properties: key=value, key:value or key value, comments after # or !, lines that
// go on after a backslash, and escapes.
func parseProperties(b []byte) map[string]string {
	out := map[string]string{}
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	lines := strings.Split(string(b), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimLeft(lines[i], " \t\f")
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		for goesOn(line) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + strings.TrimLeft(lines[i], " \t\f")
		}
		if goesOn(line) {
			line = line[:len(line)-1]
		}
		key, value := splitProperty(line)
		out[unescape(key)] = unescape(value)
	}
	return out
}

// goesOn tells whether a line ends with a backslash that is not escaped itself.
func goesOn(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}

func splitProperty(line string) (key, value string) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte("=: \t\f", line[i]) >= 0 {
			end = i
			break
		}
	}
	value = strings.TrimLeft(line[end:], " \t\f")
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], " \t\f")
	}
	return line[:end], value
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		case 'u':
			if n, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 32); err == nil && i+5 <= len(s) {
				b.WriteRune(rune(n)) //nolint:gosec // four digits
				i += 4
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
