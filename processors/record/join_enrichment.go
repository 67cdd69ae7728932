package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordsql"
)

// JoinEnrichment puts together what ForkEnrichment has sent on two ways.
var JoinEnrichment = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.JoinEnrichment",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(joinEnrichment) },
}

const (
	joinWrapper = "Wrapper"
	joinSQL     = "SQL"
	joinInsert  = "Insert Enrichment Fields"
)

type joinEnrichment struct {
	decimals
	originalReader, enrichmentReader   record.ReaderFactory
	writer                             record.WriterFactory
	strategy                           string
	sql, insertion                     sdk.Text
	maxBins                            int
	timeout                            time.Duration
	joined, original, timedOut, failed sdk.Relationship
	statements                         statements
	paths                              paths

	mu    sync.Mutex // guards pairs
	pairs map[string]*pair
	begun int
}

// pair waits for both FlowFiles of a group, in a session of its own.
type pair struct {
	group  string
	number int
	s      *sdk.Session
	born   time.Time
	ffs    []sdk.FlowFile
}

func (p *joinEnrichment) Describe(s *sdk.Spec) {
	s.About("Joins the records of two FlowFiles that ForkEnrichment has made of one: the original and what enriches it.",
		"fork", "join", "enrichment", "record", "sql", "wrap", "recordpath", "merge", "combine", "streams")
	s.Details("With SQL, all records of the table on the right of a join are held in memory; the other strategies hold two records at a time.")
	s.InputRequired()
	s.TriggerWhenEmpty()
	s.SideEffectFree()
	sdk.Service(s, &p.originalReader, readerType, "Original Record Reader", "How to read the original FlowFile.", sdk.Required)
	sdk.Service(s, &p.enrichmentReader, readerType, "Enrichment Record Reader", "How to read the FlowFile that enriches it.", sdk.Required)
	sdk.Service(s, &p.writer, writerType, "Record Writer", "How to write the joined records.", sdk.Required)
	sdk.Choice(s, &p.strategy, "Join Strategy", "How records are joined.", nil, sdk.Required, sdk.Default(joinWrapper), sdk.OneOf(
		sdk.Allowed{Value: joinWrapper, Doc: "A record has two fields, original and enrichment, with the records at the same place in both FlowFiles."},
		sdk.Allowed{Value: joinSQL, Doc: "By a SELECT statement over the tables original and enrichment."},
		sdk.Allowed{Value: joinInsert, Doc: "The fields of the record at the same place are added to the original one."}))
	s.Text(&p.sql, "SQL", "The SELECT statement. Expression Language sees the attributes of both FlowFiles, and of two with one name that of the enrichment.",
		sdk.Required, sdk.PerFlowFile, sdk.When("Join Strategy", joinSQL),
		sdk.Default("SELECT original.*, enrichment.* \nFROM original \nLEFT OUTER JOIN enrichment \nON original.id = enrichment.id"))
	p.decimals.describe(s, sdk.When("Join Strategy", joinSQL))
	s.Text(&p.insertion, "Insertion Record Path", "A RecordPath to the records in the original one that get the fields.", sdk.Required,
		sdk.PerFlowFile, sdk.Default("/"), sdk.When("Join Strategy", joinInsert))
	s.Int(&p.maxBins, "Maximum Number of Bins", "How many FlowFiles wait for their counterpart at the same time. If there are more, the oldest goes back to its queue.",
		sdk.Required, sdk.Default("10000"))
	s.Duration(&p.timeout, "Timeout", "How long a FlowFile waits for its counterpart before it goes to timeout.", sdk.Required, sdk.Default("10 min"))
	s.ReadsAttr(enrichmentGroup, "Which FlowFiles belong together.")
	s.ReadsAttr(enrichmentRole, "ORIGINAL or ENRICHMENT.")
	s.WritesAttr(sdk.AttrMIMEType, "The MIME type that the Record Writer gives.")
	s.WritesAttr(sdk.AttrRecordCount, "The number of records.")
	s.Rel(&p.joined, "joined", "FlowFiles with the joined records.")
	s.Rel(&p.original, "original", "Both FlowFiles that were joined, unchanged.")
	s.AutoTerminate(&p.original)
	s.Rel(&p.timedOut, "timeout", "FlowFiles whose counterpart did not come in time.")
	s.Rel(&p.failed, "failure", "Both FlowFiles if they could not be joined.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *joinEnrichment) MigrateProperties(values map[string]string) { p.decimals.migrate(values) }

// Validate wants a number of bins and a path that compiles.
func (p *joinEnrichment) Validate() []error {
	problems := checkPath("Insertion Record Path", p.insertion)
	if p.maxBins < 1 {
		problems = append(problems, sdk.Problem{Property: "Maximum Number of Bins", Reason: "it must be at least 1"})
	}
	return problems
}

func (p *joinEnrichment) Start(context.Context, *sdk.Host) error { return p.Stop(context.Background()) }

// Stop forgets the pairs; the engine returns what they hold to the queues.
func (p *joinEnrichment) Stop(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairs = map[string]*pair{}
	return nil
}

func (p *joinEnrichment) Trigger(ctx context.Context, s *sdk.Session) error {
	p.mu.Lock()
	ready, taken := p.gather(s)
	p.mu.Unlock()
	if taken == 0 && len(ready) == 0 {
		s.Yield()
	}
	for _, b := range ready {
		if err := p.finish(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// gather takes FlowFiles and returns the pairs that are complete or too old. p.mu is held.
func (p *joinEnrichment) gather(s *sdk.Session) (ready []*pair, taken int) {
	ffs := s.GetBatch(batchCount)
	for _, ff := range ffs {
		group := ff.Attr(enrichmentGroup)
		b := p.pairs[group]
		if b == nil {
			p.begun++
			b = &pair{group: group, number: p.begun, s: s.Branch(), born: s.Now()}
			p.pairs[group] = b
		}
		s.Migrate(b.s, ff)
		if b.ffs = append(b.ffs, ff); len(b.ffs) == 2 {
			delete(p.pairs, group)
			ready = append(ready, b)
		}
	}
	waiting := slices.SortedFunc(maps.Values(p.pairs), func(x, y *pair) int { return x.number - y.number })
	for _, b := range waiting {
		old := s.Now().Sub(b.born) > p.timeout
		if !old && len(p.pairs) <= p.maxBins {
			break
		}
		delete(p.pairs, b.group)
		if !old { // it starts anew
			b.s.Rollback()
			continue
		}
		ready = append(ready, b)
	}
	return ready, len(ffs)
}

// finish joins a pair, or sends a single FlowFile to timeout, and commits the session.
func (p *joinEnrichment) finish(ctx context.Context, b *pair) error {
	if len(b.ffs) == 1 {
		b.s.Log().Warn("the counterpart of a FlowFile did not come in time", "flowfile", b.ffs[0].UUID(), "role", b.ffs[0].Attr(enrichmentRole))
		b.s.Transfer(b.ffs[0], p.timedOut)
		return b.s.Commit(ctx)
	}
	rel := p.original
	if err := p.join(ctx, b); err != nil {
		if ctx.Err() != nil {
			b.s.Rollback()
			return ctx.Err()
		}
		b.s.Log().Error("FlowFiles routed to failure: they cannot be joined", "flowfile", b.ffs[0].UUID(), "other", b.ffs[1].UUID(), "error", err)
		rel = p.failed
	}
	for _, ff := range b.ffs {
		b.s.Transfer(ff, rel)
	}
	return b.s.Commit(ctx)
}

func (p *joinEnrichment) join(ctx context.Context, b *pair) error {
	original, enrichment := b.ffs[0], b.ffs[1]
	if original.Attr(enrichmentRole) == roleEnrichment {
		original, enrichment = enrichment, original
	}
	if original.Attr(enrichmentRole) != roleOriginal || enrichment.Attr(enrichmentRole) != roleEnrichment {
		return fmt.Errorf("one must have %s %s and the other %s: use ForkEnrichment to make them", enrichmentRole, roleOriginal, roleEnrichment)
	}
	attrs := original.AttrMap()
	maps.Copy(attrs, enrichment.AttrMap())
	left := &content{factory: p.originalReader, s: b.s, ff: original, attrs: original.AttrMap()}
	right := &content{factory: p.enrichmentReader, s: b.s, ff: enrichment, attrs: enrichment.AttrMap()}
	var result record.WriteResult
	made := b.s.CreateJoined(b.ffs)
	out, err := b.s.Write(made, func(w io.Writer) error {
		r, err := p.reader(ctx, b.s, left, right, attrs)
		if err != nil {
			return err
		}
		result, err = copyRecords(ctx, r, p.writer, w, attrs)
		return errors.Join(err, r.Close())
	})
	if err != nil {
		b.s.Remove(made)
		return err
	}
	b.s.Counter("Records Written", result.Count)
	b.s.Transfer(b.s.PutAttrs(out, attributes(result)...), p.joined)
	return nil
}

// reader gives the joined records.
func (p *joinEnrichment) reader(ctx context.Context, s *sdk.Session, left, right *content, attrs map[string]string) (record.Reader, error) {
	if p.strategy == joinSQL {
		return p.query(ctx, s, left, right, attrs)
	}
	l, err := left.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("original: %w", err)
	}
	r, err := right.open(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("enrichment: %w", err), l.Close())
	}
	side := &sideBySide{left: l, right: r, combine: wrap}
	if p.strategy == joinInsert {
		text, err := p.insertion.ForAttrs(attrs)
		if err == nil {
			side.combine, err = p.inserter(text)
		}
		if err != nil {
			return nil, errors.Join(err, side.Close())
		}
	}
	return side, nil
}

func (p *joinEnrichment) query(ctx context.Context, s *sdk.Session, left, right *content, attrs map[string]string) (record.Reader, error) {
	text, err := p.sql.ForAttrs(attrs)
	if err != nil {
		return nil, err
	}
	stmt, err := p.statements.parse(text)
	if err != nil {
		return nil, err
	}
	o, err := p.options(s, attrs)
	if err != nil {
		return nil, err
	}
	tables := map[string]recordsql.Table{}
	for name, c := range map[string]*content{"original": left, "enrichment": right} {
		if tables[name], err = c.table(ctx); err != nil {
			left.close()
			right.close()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	res, err := stmt.Run(ctx, tables, o)
	if err != nil {
		left.close()
		right.close()
		return nil, err
	}
	return &queried{res, left, right}, nil
}

// queried also closes what the statement has not opened.
type queried struct {
	record.Reader
	left, right *content
}

func (q *queried) Close() error {
	q.left.close()
	q.right.close()
	return q.Reader.Close()
}

// inserter adds the fields of the right record to those that a path selects in the left one.
func (p *joinEnrichment) inserter(text string) (func(l, r *record.Record) (*record.Record, error), error) {
	path, err := p.paths.compile(sdk.Literal(text), sdk.FlowFile{})
	if err == nil && path == nil {
		err = errors.New("the Insertion Record Path is empty")
	}
	return func(l, r *record.Record) (*record.Record, error) {
		if l == nil || r == nil {
			return l, nil
		}
		selected, err := path.Eval(l)
		if err != nil {
			return nil, err
		}
		for _, sel := range selected {
			to := sel.Value.Record()
			if to == nil {
				continue
			}
			for i, f := range r.Schema().Fields() {
				f.Required = false // the next record may have no counterpart
				to.Put(f, r.At(i))
			}
			if sel.Parent() != nil {
				if err := sel.SetTyped(sel.Value, record.RecordOf(to.Schema())); err != nil {
					return nil, err
				}
			}
		}
		return l, nil
	}, err
}

// wrap makes a record of two, one of which may be nil.
func wrap(l, r *record.Record) (*record.Record, error) {
	out := record.New(record.NewSchema())
	if l != nil {
		out.Put(record.Field{Name: "original", Type: record.RecordOf(l.Schema())}, record.RecordValue(l))
	}
	if r != nil {
		out.Put(record.Field{Name: "enrichment", Type: record.RecordOf(r.Schema())}, record.RecordValue(r))
	}
	return out, nil
}

// sideBySide combines the records at the same place of two readers. The first one gives the schema.
type sideBySide struct {
	left, right record.Reader
	combine     func(l, r *record.Record) (*record.Record, error)
	first       *record.Record
}

// Schema implements [record.Reader].
func (s *sideBySide) Schema() (*record.Schema, error) {
	if s.first == nil {
		var err error
		if s.first, err = s.Read(); errors.Is(err, io.EOF) {
			return s.left.Schema()
		} else if err != nil {
			return nil, err
		}
	}
	return s.first.Schema(), nil
}

// Read implements [record.Reader].
func (s *sideBySide) Read() (*record.Record, error) {
	if r := s.first; r != nil {
		s.first = nil
		return r, nil
	}
	for {
		l, lerr := readOrNil(s.left)
		r, rerr := readOrNil(s.right)
		if err := errors.Join(lerr, rerr); err != nil {
			return nil, err
		}
		if l == nil && r == nil {
			return nil, io.EOF
		}
		if out, err := s.combine(l, r); err != nil || out != nil {
			return out, err
		}
	}
}

func readOrNil(r record.Reader) (*record.Record, error) {
	rec, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return rec, err
}

// Close implements [record.Reader].
func (s *sideBySide) Close() error { return errors.Join(s.left.Close(), s.right.Close()) }
