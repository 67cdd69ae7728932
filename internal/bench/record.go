package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// Record measures ConvertRecord from CSV to JSON through sessions and repositories on disk. The figure is in MB of CSV.
func (s *Suite) Record(ctx context.Context) error {
	csv, err := s.flights()
	if err != nil {
		return err
	}
	for _, strategy := range []string{"infer-schema", "csv-header-derived"} {
		if err := s.convert(ctx, csv, strategy); err != nil {
			return fmt.Errorf("%s: %w", strategy, err)
		}
	}
	return nil
}

// flights returns the input: a file, which may be compressed, or as many rows as the year's flights have.
func (s *Suite) flights() ([]byte, error) {
	if s.Input == "" {
		return generatedFlights(336_776), nil
	}
	f, err := os.Open(s.Input)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(s.Input, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(r)
}

func generatedFlights(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour\n")
	for i := range rows {
		fmt.Fprintf(&b, "2013,%d,%d,%d,%d,%d,%d,%d,%d,UA,%d,N%d,EWR,IAH,%d,%d,%d,%d,2013-01-%02dT%02d:00:00Z\n",
			i%12+1, i%28+1, i%2400, i%2400, i%90-20, i%2400, i%2400, i%120-40, i%5000, i%90000, i%400, i%3000, i%24, i%60, i%28+1, i%24)
	}
	return b.Bytes()
}

func (s *Suite) convert(ctx context.Context, csv []byte, strategy string) (err error) {
	dir, remove, err := s.temp("record")
	if err != nil {
		return err
	}
	defer remove()
	e, err := s.open(dir, nil)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := e.Close(context.Background()); err == nil {
			err = cerr
		}
	}()
	b := newBuilder()
	b.service("csv", "org.apache.nifi.csv.CSVReader", "Schema Access Strategy", strategy, "Treat First Line as Header", "true")
	b.service("json", "org.apache.nifi.json.JsonRecordSetWriter")
	src := flow.NewFunnel("src", "root")
	b.changes = append(b.changes, flow.Create(src))
	p := b.processor(std+"standard.ConvertRecord", func(p *flow.Processor) {
		p.State, p.AutoTerminated = flow.Stopped, []string{"failure"}
	}, "Record Reader", "csv", "Record Writer", "json")
	sink := b.processor("sink", func(p *flow.Processor) { p.State = flow.Stopped })
	in, out := b.connect(src, p), b.connect(p, sink, "success")
	f, err := b.build()
	if err != nil {
		return err
	}
	e.Apply(f)
	e.Settle()
	if _, problems := e.Prepare(ctx, p.ID); len(problems) > 0 {
		return problems[0]
	}
	runtime.GOMAXPROCS(1) // the mark is for one core
	defer runtime.GOMAXPROCS(runtime.NumCPU())
	var runs int
	var total time.Duration
	for total.Seconds() < s.Seconds {
		if err := e.Enqueue(in.ID, bytes.NewReader(csv), nil); err != nil {
			return err
		}
		start := time.Now()
		if err := e.Trigger(ctx, p.ID); err != nil {
			return err
		}
		total += time.Since(start)
		runs++
		rows := ""
		err := e.Dequeue(out.ID, 1, func(ff sdk.FlowFile, _ io.Reader) error { rows = ff.Attr(sdk.AttrRecordCount); return nil })
		if err != nil {
			return err
		}
		if rows == "" || rows == "0" {
			return fmt.Errorf("no rows came out: see the bulletins: %v", e.Bulletins.Of(p.ID))
		}
	}
	s.Out(Result{
		Name: "record/ConvertRecord-csv-json/" + strategy, PerSecond: new(float64(bytes.Count(csv, []byte("\n"))*runs) / total.Seconds()),
		MBPerSecond: float64(len(csv)*runs) / 1e6 / total.Seconds(), Seconds: total.Seconds(),
		Details: map[string]any{"input_mb": len(csv) / 1e6, "runs": runs},
	})
	return e.Retire(ctx, p.ID)
}
