package record

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// PartitionRecord groups records by what they have in common.
var PartitionRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.PartitionRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(partitionRecord) },
}

// maxBuffered is up to how many groups the writers may gather output in buffers of their own, which are not counted by
// the spool.
const maxBuffered = 256

type partitionRecord struct {
	formats
	by                         []sdk.DynamicProperty
	success, original, failure sdk.Relationship
	paths                      paths
}

func (p *partitionRecord) Describe(s *sdk.Spec) {
	s.About("Splits a FlowFile into one for each group of records that have the same values at the given RecordPaths, "+
		"and puts those values into attributes.",
		"record", "partition", "recordpath", "rpath", "segment", "split", "group", "bin", "organize")
	s.InputRequired()
	s.Batching(0)
	p.describe(s)
	s.Dynamics(&p.by, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The attribute that gets the value.", ValueDoc: "A RecordPath to a value in each record.",
		Doc: "Records go to the same FlowFile if all these paths select the same in them. An attribute is set where a path selects " +
			"one value that is not null, and neither array, map nor record.",
	})
	writesFragments(s)
	s.WritesAttr("<property name>", "The value that the records of the FlowFile have in common.")
	s.Rel(&p.success, "success", "The FlowFiles of the groups.")
	s.Rel(&p.original, "original", "FlowFiles that were split, unchanged.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read or written, unchanged.")
}

func writesFragments(s *sdk.Spec) {
	s.WritesAttr(sdk.AttrFragmentID, "The same random UUID for all FlowFiles that came from one.")
	s.WritesAttr(sdk.AttrFragmentIndex, "The place of the FlowFile among them, from 0.")
	s.WritesAttr(sdk.AttrFragmentCount, "How many there are.")
	s.WritesAttr(sdk.AttrSegmentOriginal, "The file name of the FlowFile that they came from.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *partitionRecord) MigrateProperties(values map[string]string) { p.migrate(values) }

// Validate wants at least one path, and paths that compile.
func (p *partitionRecord) Validate() []error {
	return checkPaths(p.by, "At least one RecordPath must be added to this processor by adding a user-defined property")
}

func (p *partitionRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		if err := p.partition(ctx, s, ff); err != nil {
			return err
		}
	}
	return nil
}

func (p *partitionRecord) partition(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (err error) {
	groups := &grouping{spool: newSpool(spoolMemory), known: map[string]*group{}}
	defer func() { err = errors.Join(err, groups.spool.close()) }()
	if err := p.group(ctx, s, ff, groups); err != nil {
		return fail(ctx, s, ff, p.failure, "partition records", err)
	}
	id := newUUID()
	for i, g := range groups.order {
		child, err := s.Write(s.CreateFrom(ff), g.content.copyTo)
		if err != nil {
			return err
		}
		attrs := append(g.attrs, fragment(ff, id, i, len(groups.order))...)
		s.Transfer(s.PutAttrs(child, attributes(g.result, attrs...)...), p.success)
		s.Counter("Record Processed", g.result.Count)
	}
	s.Transfer(ff, p.original)
	return nil
}

// fragment are the attributes that tie the parts of a FlowFile together.
func fragment(of sdk.FlowFile, id string, index, count int) []sdk.Attr {
	return []sdk.Attr{
		{Name: sdk.AttrFragmentID, Value: id},
		{Name: sdk.AttrFragmentIndex, Value: strconv.Itoa(index)},
		{Name: sdk.AttrFragmentCount, Value: strconv.Itoa(count)},
		{Name: sdk.AttrSegmentOriginal, Value: of.Attr(sdk.AttrFilename)},
	}
}

// grouping are the groups of one FlowFile.
type grouping struct {
	spool *spool
	known map[string]*group // by key
	order []*group          // as they came up
	key   []byte
}

// group is one group of records.
type group struct {
	attrs   []sdk.Attr
	content *spooled
	writer  record.Writer
	result  record.WriteResult
}

// group reads all records and writes each to its group.
func (p *partitionRecord) group(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, groups *grouping) error {
	by, err := p.paths.compileAll(p.by, ff)
	if err != nil {
		return err
	}
	in, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	schema, err := reader.Schema()
	if err != nil {
		return err
	}
	open := func(out io.Writer) (record.Writer, error) { return newWriter(ctx, p.writer, schema, out, attrs) }
	err = each(ctx, reader, func(r *record.Record) error {
		g, err := groups.of(r, by, open)
		if err != nil {
			return err
		}
		if err := g.writer.Write(r); err != nil || len(groups.order) <= maxBuffered {
			return err
		}
		return g.writer.Flush()
	})
	if err != nil {
		return err
	}
	for _, g := range groups.order {
		if g.result, err = g.writer.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// of returns the group of a record.
func (g *grouping) of(r *record.Record, by []named, open func(io.Writer) (record.Writer, error)) (*group, error) {
	g.key = g.key[:0]
	for _, n := range by {
		if err := g.addKey(r, n); err != nil {
			return nil, err
		}
	}
	if known := g.known[string(g.key)]; known != nil {
		return known, nil
	}
	attrs, err := commonAttributes(r, by)
	if err != nil {
		return nil, err
	}
	made := &group{attrs: attrs, content: g.spool.add()}
	if made.writer, err = open(made.content); err != nil {
		return nil, err
	}
	g.known[string(g.key)] = made
	g.order = append(g.order, made)
	return made, nil
}

// addKey appends what a path selects to the key, so that only equal selections give equal keys: each value with its
// kind, text with its length. Values of different kinds are different, as in NiFi.
func (g *grouping) addKey(r *record.Record, n named) error {
	if n.field {
		v, found, err := n.path.First(r)
		if found {
			g.addValue(v)
		}
		g.key = append(g.key, 0xff)
		return err
	}
	selected, err := n.path.Eval(r)
	for _, sel := range selected {
		g.addValue(sel.Value)
	}
	g.key = append(g.key, 0xff)
	return err
}

func (g *grouping) addValue(v record.Value) {
	start := len(g.key)
	g.key = append(g.key, byte(v.Kind()), 0, 0, 0, 0)
	g.key = record.AppendText(g.key, v, record.DefaultFormats)
	size := len(g.key) - start - 5
	for i := range 4 {
		g.key[start+1+i] = byte(size >> (8 * i))
	}
}

// commonAttributes are the values of a group's records, where they are one simple value.
func commonAttributes(r *record.Record, by []named) ([]sdk.Attr, error) {
	var attrs []sdk.Attr
	for _, n := range by {
		selected, err := n.path.Eval(r)
		if err != nil {
			return nil, err
		}
		if len(selected) != 1 {
			continue
		}
		switch v := selected[0].Value; v.Kind() {
		case record.KindNull, record.KindArray, record.KindBytes, record.KindMap, record.KindRecord:
		default:
			attrs = append(attrs, sdk.Attr{Name: n.name, Value: string(record.AppendText(nil, v, record.DefaultFormats))})
		}
	}
	return attrs, nil
}
