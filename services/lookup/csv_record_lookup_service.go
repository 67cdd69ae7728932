package lookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/csvformat"
)

// CSVRecordLookupService finds the rows of a CSV file by one of its columns.
var CSVRecordLookupService = sdk.Component{
	Type:       "org.apache.nifi.lookup.CSVRecordLookupService",
	Artifact:   "nifi-lookup-services-nar",
	NewService: func() sdk.ControllerService { return new(csvRecords) },
}

// checkInterval is how often the file is looked at for changes.
const checkInterval = 30 * time.Second

const keyCoordinate = "key"

type csvRecords struct {
	file       string
	format     csvformat.Properties
	charset    charset.Charset
	column     string
	duplicates bool // the last one counts

	host      *sdk.Host
	table     atomic.Pointer[table]
	nextCheck atomic.Int64 // Unix nanoseconds; taken by whoever moves it on
}

// table is the file as it was read.
type table struct {
	rows     map[string]*record.Record
	modified time.Time
	size     int64
}

func (p *csvRecords) Describe(s *sdk.Spec) {
	s.About("Finds rows of a CSV file by one of its columns. The file is held in memory, and read again when it has changed.",
		"lookup", "cache", "enrich", "join", "csv", "reloadable", "key", "value", "record")
	s.Details("The key is given as the coordinate `key`. A row is returned as a record of all other columns, as text.")
	s.Offers(lookup.RecordServiceType, lookup.ServiceType)
	s.Restricted("read filesystem", "Can read any file that the node can read.")
	s.String(&p.file, "CSV File", "The file; its first line must name the columns.", sdk.Required, sdk.FromEnv, sdk.Refers(sdk.File))
	p.format.DescribeFormat(s, "default",
		sdk.Allowed{Value: "default", Display: "Default Format", Doc: "Commas, double quotes, quotes doubled inside of them; empty lines are skipped."},
		sdk.Allowed{Value: "RFC4180", Display: "RFC4180", Doc: "The same as RFC 4180."})
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the file.",
		sdk.Required, sdk.FromEnv, sdk.Default("UTF-8"))
	s.String(&p.column, "Lookup Key Column", "The column that holds the keys.", sdk.Required, sdk.FromEnv)
	s.Bool(&p.duplicates, "Ignore Duplicates", "Whether the last row counts if several have one key; otherwise the file is refused.",
		sdk.Required, sdk.Default("true"))
	p.format.DescribeSeparator(s)
	p.format.DescribeQuote(s)
	p.format.DescribeQuoteMode(s)
	p.format.DescribeComment(s)
	p.format.DescribeEscape(s)
	p.format.DescribeTrim(s)
}

// Validate implements [sdk.Validator].
func (p *csvRecords) Validate() []error { return p.format.Validate() }

// MigrateProperties implements [sdk.Migrator].
func (p *csvRecords) MigrateProperties(values map[string]string) {
	csvformat.Migrate(values)
	for old, name := range map[string]string{
		"csv-file": "CSV File", "lookup-key-column": "Lookup Key Column", "ignore-duplicates": "Ignore Duplicates",
		"Charset": "Character Set",
	} {
		sdk.Rename(values, old, name)
	}
}

// Start reads the file.
func (p *csvRecords) Start(_ context.Context, h *sdk.Host) error {
	t, err := p.load()
	if err != nil {
		return err
	}
	p.host = h
	p.table.Store(t)
	p.nextCheck.Store(h.Now().Add(checkInterval).UnixNano())
	if len(t.rows) == 0 {
		h.Log().Warn("lookup table is empty", "file", p.file)
	}
	return nil
}

// Stop drops the table.
func (p *csvRecords) Stop(context.Context) error {
	p.table.Store(nil)
	return nil
}

// Keys implements [lookup.Service].
func (p *csvRecords) Keys() []string { return []string{keyCoordinate} }

// ReturnsRecord implements [lookup.Service].
func (p *csvRecords) ReturnsRecord() bool { return true }

// Lookup implements [lookup.Service].
func (p *csvRecords) Lookup(_ context.Context, coordinates map[string]record.Value, _ map[string]string) (record.Value, bool, error) {
	if err := p.reload(); err != nil {
		return record.Null, false, err
	}
	t := p.table.Load()
	if t == nil {
		return record.Null, false, errors.New("the lookup service is not enabled")
	}
	row, ok := t.rows[record.ToString(coordinates[keyCoordinate], nil)]
	return record.RecordValue(row), ok, nil
}

// reload reads the file again if it has changed since, at most once in a while
// and in one goroutine; others go on with the old table. As long as the new file
// cannot be read, that goroutine's look-up fails and the old table stays.
func (p *csvRecords) reload() error {
	now, due := p.host.Now(), p.nextCheck.Load()
	if now.UnixNano() < due || !p.nextCheck.CompareAndSwap(due, now.Add(checkInterval).UnixNano()) {
		return nil
	}
	info, err := os.Stat(p.file)
	if err != nil {
		return fmt.Errorf("look at lookup table: %w", err)
	}
	old := p.table.Load()
	if old == nil || info.ModTime().Equal(old.modified) && info.Size() == old.size {
		return nil
	}
	t, err := p.load()
	if err != nil {
		return err
	}
	p.table.CompareAndSwap(old, t) // not if the service was stopped meanwhile
	return nil
}

func (p *csvRecords) load() (*table, error) {
	f, err := os.Open(p.file)
	if err != nil {
		return nil, fmt.Errorf("open lookup table: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open lookup table: %w", err)
	}
	rows, err := p.read(f)
	if err != nil {
		return nil, fmt.Errorf("read lookup table %s: %w", p.file, err)
	}
	return &table{rows, info.ModTime(), info.Size()}, nil
}

func (p *csvRecords) read(in io.Reader) (map[string]*record.Record, error) {
	format, err := p.format.Format(nil)
	if err != nil {
		return nil, err
	}
	r, err := csv.NewReader(p.charset.Reader(in), csv.Options{Format: format, Header: true, KeepEmpty: true, KeepQuotes: true})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	schema, err := r.Schema()
	if err != nil {
		return nil, err
	}
	key := schema.Index(p.column)
	if key < 0 {
		return nil, fmt.Errorf("there is no column %q; set Lookup Key Column to one of the header's", p.column)
	}
	rows := map[string]*record.Record{}
	for n := 1; ; n++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := rec.Clone()
		name := row.At(key).Text()
		if strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("row %d has no key", n)
		}
		if _, twice := rows[name]; twice && !p.duplicates {
			return nil, fmt.Errorf("row %d: key %q occurs twice; remove it or ignore duplicates", n, name)
		}
		row.Remove(p.column)
		rows[name] = row
	}
}
