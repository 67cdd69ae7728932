package file

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// ListFile makes a FlowFile for each new file in a folder, without its content.
var ListFile = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ListFile",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(listFile) },
}

type listingStrategy string

const (
	byTimestamps listingStrategy = "timestamps"
	byEntities   listingStrategy = "entities"
	noTracking   listingStrategy = "none"
)

type location string

const (
	localDir  location = "Local"
	remoteDir location = "Remote"
)

type initialTarget string

const (
	targetWindow initialTarget = "window"
	targetAll    initialTarget = "all"
)

type listFile struct {
	dir            string
	strategy       listingStrategy
	writer         record.WriterFactory
	location       location
	filter         filter
	facts          bool
	precision      precision
	cache          any
	window         time.Duration
	initial        initialTarget
	node           string
	track          bool
	maxTracked     int
	maxOp, maxList time.Duration
	success        sdk.Relationship

	lastRun time.Time
}

func (p *listFile) Describe(s *sdk.Spec) {
	s.About("Makes a FlowFile for each new or changed file in a folder; FetchFile reads the contents.",
		"file", "get", "list", "ingest", "source", "filesystem")
	s.Details("The listing is kept as state, so that a file is listed once, also after a restart. Changing the folder or a filter " +
		"starts anew. For a folder that several nodes share, set the location to Remote and run the processor on the primary node.")
	s.InputForbidden()
	s.Serial()
	s.Schedule("1 min")
	s.Stateful("What has been listed: the newest modification time with the files that have it, or all files of the time window. "+
		"Kept for the cluster if the Input Directory Location is Remote.", sdk.Local, sdk.Cluster)
	p.filter.pathOfRoot = true
	s.String(&p.dir, "Input Directory", "The folder to list.", sdk.Required, sdk.FromEnv)
	p.describeStrategy(s)
	p.filter.describeRecurse(s)
	sdk.Service(s, &p.writer, "org.apache.nifi.serialization.RecordSetWriterFactory", "Record Writer",
		"If set, each listing makes one FlowFile with a record for each file.")
	sdk.Choice(s, &p.location, "Input Directory Location", "Where the folder is, which tells where state is kept.", nil,
		sdk.Required, sdk.Default(string(localDir)), sdk.OneOf(
			sdk.Allowed{Value: string(localDir), Doc: "On a disk of this node. Each node keeps state of its own."},
			sdk.Allowed{
				Value: string(remoteDir),
				Doc:   "On a disk that the nodes share. They share the state, so that another node can go on.",
			}))
	p.filter.describeNames(s)
	s.Bool(&p.facts, "Include File Attributes", "Whether FlowFiles get the owner, group, permissions and times of their files.",
		sdk.Required, sdk.Default("true"))
	p.filter.describeLimits(s)
	p.filter.describeHidden(s)
	p.describeTracking(s)
	describeAttributes(s)
	s.WritesAttr(attrSize, "The size of the file in bytes")
	s.Rel(&p.success, "success", "All FlowFiles.")
}

func (p *listFile) describeStrategy(s *sdk.Spec) {
	sdk.Choice(s, &p.strategy, "Listing Strategy", "How new and changed files are told from those that were listed.", nil,
		sdk.Required, sdk.Default(string(byTimestamps)), sdk.OneOf(
			sdk.Allowed{
				Value: string(byTimestamps), Display: "Tracking Timestamps",
				Doc: "By the newest modification time that was listed. Needs little state, but misses files that come with an older time, as copies may.",
			},
			sdk.Allowed{
				Value: string(byEntities), Display: "Tracking Entities",
				Doc: "By remembering each file of the Entity Tracking Time Window with its time and size. Finds files with older times too.",
			},
			sdk.Allowed{Value: string(noTracking), Display: "No Tracking", Doc: "All files are listed each time."}))
}

func (p *listFile) describeTracking(s *sdk.Spec) {
	sdk.Choice(s, &p.precision, "Target System Timestamp Precision", "How exact modification times are. Files whose time is so new "+
		"that others may yet get the same are listed next time.", nil, sdk.Required, sdk.Default(string(autoDetect)), sdk.OneOf(
		sdk.Allowed{Value: string(autoDetect), Display: "Auto Detect", Doc: "Judged by the times of the files."},
		sdk.Allowed{Value: string(millis), Display: "Milliseconds"},
		sdk.Allowed{Value: string(seconds), Display: "Seconds"},
		sdk.Allowed{Value: string(minutes), Display: "Minutes"}))
	sdk.Service(s, &p.cache, "org.apache.nifi.distributed.cache.client.DistributedMapCacheClient", "Entity Tracking State Cache",
		"Where NiFi keeps what was listed. Here it is part of the component's state: a cache is accepted and not used.")
	s.Duration(&p.window, "Entity Tracking Time Window", "How long a file is remembered after its modification. It is listed if it is "+
		"not remembered, has a newer time or another size; older files are not looked at. The longer, the more state is kept.",
		sdk.Default("3 hours"), sdk.FromEnv)
	sdk.Choice(s, &p.initial, "Entity Tracking Initial Listing Target", "Which files the first listing covers.", nil,
		sdk.Default(string(targetAll)), sdk.OneOf(
			sdk.Allowed{Value: string(targetWindow), Display: "Tracking Time Window", Doc: "Those of the Entity Tracking Time Window."},
			sdk.Allowed{Value: string(targetAll), Display: "All Available", Doc: "All files."}))
	s.String(&p.node, "Entity Tracking Node Identifier", "Tells the nodes' entries in NiFi's cache apart. Here each node has state of "+
		"its own: accepted and not used.", sdk.Default("${hostname()}"), sdk.FromEnv)
	s.Bool(&p.track, "Track Performance", "Whether the time of each listing is logged at level DEBUG.", sdk.Required, sdk.Default("false"))
	s.Int(&p.maxTracked, "Maximum Number of Files to Track", "How many files NiFi's performance tracking covers. Here no figures are "+
		"kept per file: accepted and not used.", sdk.Required, sdk.Default("100000"), sdk.FromEnv)
	s.Duration(&p.maxOp, "Max Disk Operation Time", "A disk operation that takes longer is reported by a bulletin.",
		sdk.Default("10 secs"), sdk.FromEnv)
	s.Duration(&p.maxList, "Max Directory Listing Time", "A folder that takes longer to be listed is reported by a bulletin.",
		sdk.Default("3 mins"), sdk.FromEnv)
}

func (p *listFile) MigrateProperties(values map[string]string) {
	for old, name := range map[string]string{
		"target-system-timestamp-precision": "Target System Timestamp Precision",
		"listing-strategy":                  "Listing Strategy",
		"record-writer":                     "Record Writer",
		"track-performance":                 "Track Performance",
		"max-performance-metrics":           "Maximum Number of Files to Track",
		"max-operation-time":                "Max Disk Operation Time",
		"max-listing-time":                  "Max Directory Listing Time",
		"et-state-cache":                    "Entity Tracking State Cache",
		"et-time-window":                    "Entity Tracking Time Window",
		"et-initial-listing-target":         "Entity Tracking Initial Listing Target",
		"et-node-identifier":                "Entity Tracking Node Identifier",
	} {
		sdk.Rename(values, old, name)
	}
	delete(values, "Distributed Cache Service")
}

func (p *listFile) scope() sdk.StateScope {
	if p.location == remoteDir {
		return sdk.Cluster
	}
	return sdk.Local
}

// settingsKey is where the state says for which settings it holds.
const settingsKey = "listing.settings"

// settings changes with everything that makes earlier listings worthless.
func (p *listFile) settings() string {
	h := fnv.New64a()
	fmt.Fprintln(h, p.strategy, p.dir, p.filter.recurse, p.filter.ignoreHidden, p.filter.name.text, p.filter.path.text,
		p.filter.minAge, p.filter.maxAge, p.filter.minSize, p.filter.maxSize)
	return strconv.FormatUint(h.Sum64(), 16)
}

func (p *listFile) Trigger(ctx context.Context, s *sdk.Session) error {
	state, err := s.State(ctx, p.scope())
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	settings := p.settings()
	if state[settingsKey] != settings {
		state = nil
	}
	now := s.Now()
	files, err := p.scan(ctx, s)
	if err != nil {
		return err
	}
	chosen, next := p.choose(files, state, now)
	p.lastRun = now
	if err := p.emit(ctx, s, chosen); err != nil {
		return err
	}
	if next != nil {
		next[settingsKey] = settings
		s.SetState(p.scope(), next)
	}
	if len(chosen) == 0 {
		s.Yield()
	}
	return nil
}

func (p *listFile) scan(ctx context.Context, s *sdk.Session) ([]found, error) {
	c := scan{filter: &p.filter, log: s.Log(), now: s.Now, slow: p.maxList, slowOp: p.maxOp}
	files, err := c.run(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f found) bool { return !readable(f.path()) })
	slices.SortStableFunc(files, func(a, b found) int { return cmp.Compare(a.millis(), b.millis()) })
	if p.track {
		s.Log().Debug("folder listed", "folder", p.dir, "files", len(files), "took", s.Now().Sub(c.started))
	}
	return files, nil
}

// Verify lists the folder, whatever was listed before.
func (p *listFile) Verify(ctx context.Context, h *sdk.Host, _ map[string]string) []sdk.Verification {
	v := sdk.Verification{Step: "Perform Listing", Outcome: sdk.Successful}
	c := scan{filter: &p.filter, log: h.Log(), now: h.Now}
	files, err := c.run(ctx, p.dir)
	if err != nil {
		v.Outcome, v.Explanation = sdk.Failed, err.Error()
	} else {
		v.Explanation = fmt.Sprintf("Listed %s: %d files match the filters.", p.dir, len(files))
	}
	return []sdk.Verification{v}
}

// choose returns which files are new and what the state is afterwards; nil: as it was.
func (p *listFile) choose(files []found, state map[string]string, now time.Time) ([]found, map[string]string) {
	switch p.strategy {
	case byEntities:
		return chooseByEntities(files, state, now.Add(-p.window).UnixMilli(), p.initial == targetAll)
	case noTracking:
		return files, nil
	case byTimestamps:
	}
	t, err := parseTimestamps(state)
	if err != nil {
		t = newTimestamps() // not of our making: list all again rather than nothing
	}
	chosen, changed := t.choose(files, now, p.lastRun, p.precision)
	if !changed {
		return nil, nil
	}
	return chosen, t.format()
}

func (p *listFile) emit(ctx context.Context, s *sdk.Session, files []found) error {
	if p.writer != nil && len(files) > 0 {
		return p.emitRecords(ctx, s, files)
	}
	attrs := make([]sdk.Attr, 0, 12)
	for _, f := range files {
		s.Transfer(s.PutAttrs(s.Create(), p.attributes(attrs, f)...), p.success)
	}
	return nil
}

// attributes appends what is known about a file.
func (p *listFile) attributes(attrs []sdk.Attr, f found) []sdk.Attr {
	rel := f.in.rel
	if rel == "" {
		rel = "."
	}
	attrs = append(attrs,
		sdk.Attr{Name: sdk.AttrFilename, Value: f.info.Name()},
		sdk.Attr{Name: sdk.AttrPath, Value: withSlash(rel)},
		sdk.Attr{Name: sdk.AttrAbsolutePath, Value: withSlash(f.in.path)},
		sdk.Attr{Name: attrSize, Value: strconv.FormatInt(f.info.Size(), 10)},
		sdk.Attr{Name: attrModified, Value: f.info.ModTime().Format(timeLayout)})
	if p.facts {
		attrs = appendFacts(attrs, f.info)
	}
	return attrs
}
