package record

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// CalculateRecordStats counts the values of fields.
var CalculateRecordStats = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.CalculateRecordStats",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(calculateRecordStats) },
}

type calculateRecordStats struct {
	reader           record.ReaderFactory
	limit            sdk.Text
	categories       []sdk.DynamicProperty
	success, failure sdk.Relationship
	paths            paths
}

func (p *calculateRecordStats) Describe(s *sdk.Spec) {
	s.About("Counts the records of a FlowFile and the values of the fields that RecordPaths select, and puts the numbers into attributes.",
		"record", "stats", "metrics")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Service(s, &p.reader, readerType, "Record Reader", "How to read the content.", sdk.Required)
	s.Text(&p.limit, "Record Stats Limit", "How many values get an attribute: those that are there most often, of all categories together.",
		sdk.Required, sdk.Default("10"), sdk.PerFlowFile)
	s.Dynamics(&p.categories, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The name of the category, such as sport.", ValueDoc: "A RecordPath to its value, such as /sport.",
		Doc: "What to count.",
	})
	s.WritesAttr(sdk.AttrRecordCount, "The number of records.")
	s.WritesAttr("recordStats.<User Defined Property Name>.count", "The number of values of a category that are not null, in recordStats.<name>.")
	s.WritesAttr("recordStats.<User Defined Property Name>.<value>.count", "The number of a value, in recordStats.<name>.<value>.")
	s.Rel(&p.success, "success", "FlowFiles that were counted.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *calculateRecordStats) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "record-stats-reader", "Record Reader")
	sdk.Rename(values, "record-stats-limit", "Record Stats Limit")
}

// Validate wants paths that compile.
func (p *calculateRecordStats) Validate() []error {
	var problems []error
	for _, d := range p.categories {
		problems = append(problems, checkPath(d.Name, d.Value)...)
	}
	return problems
}

func (p *calculateRecordStats) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		attrs, err := p.count(ctx, s, ff)
		if err != nil {
			if err := fail(ctx, s, ff, p.failure, "count records", err); err != nil {
				return err
			}
			continue
		}
		s.Transfer(s.PutAttrs(ff, attrs...), p.success)
	}
	return nil
}

// stats are the numbers of one category.
type stats struct {
	name   string
	total  int64 // of values that are not null
	values map[string]*int64
}

func (p *calculateRecordStats) count(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) ([]sdk.Attr, error) {
	limit, err := p.limit.Int(ff)
	if err != nil {
		return nil, err
	}
	by, err := p.paths.compileAll(p.categories, ff)
	if err != nil {
		return nil, err
	}
	all := make([]*stats, len(by))
	for i, n := range by {
		all[i] = &stats{name: n.name, values: map[string]*int64{}}
	}
	in, err := s.Read(ff)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	reader, err := p.reader.NewReader(ctx, ff.AttrMap(), in, ff.Size())
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	records := int64(0)
	var text []byte
	err = each(ctx, reader, func(r *record.Record) error {
		records++
		for i, n := range by {
			selected, err := n.path.Eval(r)
			if err != nil {
				return err
			}
			for _, sel := range selected {
				text = all[i].add(text, sel.Value)
			}
		}
		return nil
	})
	return append(report(all, limit), sdk.Attr{Name: sdk.AttrRecordCount, Value: strconv.FormatInt(records, 10)}), err
}

func (c *stats) add(buffer []byte, v record.Value) []byte {
	if v.IsNull() {
		buffer = append(buffer[:0], "<null>"...)
	} else {
		c.total++
		buffer = record.AppendText(buffer[:0], v, record.DefaultFormats)
	}
	n := c.values[string(buffer)]
	if n == nil {
		n = new(int64)
		c.values[string(buffer)] = n
	}
	*n++
	return buffer
}

// report turns the numbers into attributes: all totals, and of the values no more than the limit if there are more numbers.
func report(all []*stats, limit int64) []sdk.Attr {
	type number struct {
		name string
		n    int64
	}
	var values []number
	var attrs []sdk.Attr
	for _, c := range all {
		base := "recordStats." + c.name
		if c.total > 0 {
			attrs = append(attrs, sdk.Attr{Name: base, Value: strconv.FormatInt(c.total, 10)})
		}
		for value, n := range c.values {
			values = append(values, number{base + "." + value, *n})
		}
	}
	if int64(len(values)+len(attrs)) > limit {
		slices.SortFunc(values, func(x, y number) int { return cmp.Or(cmp.Compare(y.n, x.n), cmp.Compare(x.name, y.name)) })
		values = values[:max(min(int64(len(values)), limit), 0)]
	}
	for _, v := range values {
		attrs = append(attrs, sdk.Attr{Name: v.name, Value: strconv.FormatInt(v.n, 10)})
	}
	return attrs
}
