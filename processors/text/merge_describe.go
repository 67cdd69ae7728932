package text

import (
	"strconv"

	"github.com/braidflow/braid/sdk"
)

func (p *mergeContent) Describe(s *sdk.Spec) {
	s.About("Merges several FlowFiles into one: it gathers them in bins and merges each bin by a format of your choice.",
		"merge", "content", "correlation", "tar", "zip", "stream", "concatenation", "archive", "flowfile-stream", "flowfile-stream-v3")
	s.Details("FlowFiles in bins stay in their queue as far as durability goes: after a crash they are gathered anew.\n\n" +
		"A bin is merged when it has a maximum, when it has all minimums and there is no more input, when it is too old, " +
		"or when it is the oldest and there are too many bins.")
	s.InputRequired()
	s.TriggerWhenEmpty()
	s.SideEffectFree()
	p.describeWhat(s)
	p.describeBins(s)
	p.describeContents(s)
	s.ReadsAttr(sdk.AttrFragmentID, "Defragment: FlowFiles with the same value are merged")
	s.ReadsAttr(sdk.AttrFragmentIndex, "Defragment: the place of the FlowFile")
	s.ReadsAttr(sdk.AttrFragmentCount, "Defragment: how many FlowFiles there are; at least one of them must have it")
	s.ReadsAttr(sdk.AttrSegmentOriginal, "Becomes the filename of the merged FlowFile")
	s.ReadsAttr("tar.permissions", "TAR: three octal digits")
	s.WritesAttr(sdk.AttrFilename, "segment.original.filename of the first FlowFile, or a unique number; with an extension if the format has one")
	s.WritesAttr("merge.count", "How many FlowFiles were merged")
	s.WritesAttr("merge.bin.age", "How old the bin was, in milliseconds")
	s.WritesAttr("merge.uuid", "The uuid of the merged FlowFile, on the originals")
	s.WritesAttr("merge.reason", "Why the bin was merged, as MAX_ENTRIES_THRESHOLD_REACHED")
	s.Rel(&p.original, "original", "The FlowFiles that were merged.")
	s.Rel(&p.merged, "merged", "The merged FlowFiles.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be merged.")
}

func (p *mergeContent) describeWhat(s *sdk.Spec) {
	sdk.Choice(s, &p.strategy, "Merge Strategy", "Which FlowFiles are merged.", nil, sdk.Required, sdk.Default(string(binPack)), sdk.OneOf(
		sdk.Allowed{Value: string(binPack), Doc: "Bins are filled by number and size, and by the correlation attribute if there is one."},
		sdk.Allowed{
			Value: string(defragment),
			Doc:   "FlowFiles with the same fragment.identifier, in the order of fragment.index, once all of fragment.count are there.",
		}))
	sdk.Choice(s, &p.format, "Merge Format", "How contents are merged.", nil, sdk.Required, sdk.Default(string(formatConcat)), sdk.OneOf(
		sdk.Allowed{Value: string(formatTar), Doc: "A TAR archive with an entry for each FlowFile."},
		sdk.Allowed{
			Value: string(formatZip),
			Doc:   "A ZIP archive with an entry for each FlowFile. Of several with the same name, the others go to failure.",
		},
		sdk.Allowed{Value: string(formatV3), Doc: "Attributes and contents, as NiFi exchanges them."},
		sdk.Allowed{Value: string(formatV2), Doc: "The older form of it."},
		sdk.Allowed{
			Value: string(formatV1),
			Doc:   "The oldest form of it, a TAR archive. It holds one FlowFile only: use it with a maximum of 1 entry.",
		},
		sdk.Allowed{Value: string(formatConcat), Doc: "One content after the other."},
		sdk.Allowed{
			Value: string(formatAvro),
			Doc:   "One Avro file with the records of all. Contents with another schema or codec than the first go to failure.",
		}))
	sdk.Choice(s, &p.attributes, "Attribute Strategy", "Which attributes the merged FlowFile gets.", nil, sdk.Required,
		sdk.Default(string(keepCommon)), sdk.OneOf(
			sdk.Allowed{Value: string(keepCommon), Doc: "Those that all FlowFiles have with the same value."},
			sdk.Allowed{Value: string(keepUnique), Doc: "Those that no two FlowFiles have with different values."}))
	s.Text(&p.correlate, "Correlation Attribute Name", "If set, only FlowFiles with the same value of this attribute are merged.",
		sdk.PerFlowFile, packing)
	sdk.Choice(s, &p.metadata, "Metadata Strategy", "What becomes of the metadata in Avro files.", nil, sdk.Required,
		sdk.Default(string(metaDoNotMerge)), sdk.When("Merge Format", string(formatAvro)), sdk.OneOf(
			sdk.Allowed{Value: string(metaFirst), Doc: "Those of the first FlowFile are used."},
			sdk.Allowed{
				Value: string(metaCommon),
				Doc:   "Those of the first FlowFile are used. FlowFiles with other values for them go to failure; what they have besides is dropped.",
			},
			sdk.Allowed{Value: string(metaIgnore), Doc: "They are dropped."},
			sdk.Allowed{Value: string(metaDoNotMerge), Doc: "FlowFiles whose metadata differ from the first go to failure."}))
}

var packing = sdk.When("Merge Strategy", string(binPack))

func (p *mergeContent) describeBins(s *sdk.Spec) {
	s.Int(&p.minEntries, "Minimum Number of Entries", "How many FlowFiles a bin needs.", sdk.Required, sdk.Default("1"), packing)
	s.Int(&p.maxEntries, "Maximum Number of Entries", "How many FlowFiles a bin holds.", sdk.Required, sdk.Default("1000"), packing)
	s.Size(&p.minSize, "Minimum Group Size", "How much content a bin needs.", sdk.Required, sdk.Default("0 B"), packing)
	s.Size(&p.maxSize, "Maximum Group Size", "How much content a bin holds; no limit if not set.", packing)
	s.Text(&p.terminates, "Bin Termination Check", "If true for a FlowFile, its bin is merged whatever its size.", sdk.PerFlowFile, packing)
	sdk.Choice(s, &p.insert, "FlowFile Insertion Strategy", "Where a FlowFile goes that terminates a bin.", nil, sdk.Required,
		sdk.Default(string(lastInBin)), sdk.When("Bin Termination Check"), sdk.OneOf(
			sdk.Allowed{Value: string(lastInBin), Doc: "Into the bin that it terminates."},
			sdk.Allowed{Value: string(firstInNewBin), Doc: "Into a new bin."},
			sdk.Allowed{Value: string(isolated), Doc: "Into a bin of its own, which is merged too."}))
	s.Duration(&p.maxAge, "Max Bin Age", "A bin of this age is merged even if it lacks a minimum; a fragmented FlowFile that is not whole "+
		"goes to failure. Without it a bin may wait for ever.")
	s.Int(&p.maxBins, "Maximum Number of Bins", "How many bins are filled at the same time. If there are more, the oldest is merged.",
		sdk.Required, sdk.Default("5"))
}

func (p *mergeContent) describeContents(s *sdk.Spec) {
	concat := sdk.When("Merge Format", string(formatConcat))
	sdk.Choice(s, &p.delimiters, "Delimiter Strategy", "Where Header, Footer and Demarcator come from.", nil, sdk.Required,
		sdk.Default(string(delimitNot)), concat, sdk.OneOf(
			sdk.Allowed{Value: string(delimitByFile), Doc: "They are names of files."},
			sdk.Allowed{Value: string(delimitByText), Doc: "They are the texts themselves."},
			sdk.Allowed{Value: string(delimitNot), Doc: "There are none."}))
	delimited := sdk.When("Delimiter Strategy", string(delimitByFile), string(delimitByText))
	s.Text(&p.header, "Header", "What the merged content begins with.", sdk.PerFlowFile, delimited, concat)
	s.Text(&p.footer, "Footer", "What the merged content ends with.", sdk.PerFlowFile, delimited, concat)
	s.Text(&p.demarcator, "Demarcator", "What stands between two contents.", sdk.PerFlowFile, delimited, concat)
	var levels []sdk.Allowed
	for n := range 10 {
		levels = append(levels, sdk.Allowed{Value: strconv.Itoa(n)})
	}
	s.Int(&p.level, "Compression Level", "From 0 for none to 9 for the smallest and slowest.", sdk.Required, sdk.Default("1"),
		sdk.OneOf(levels...), sdk.When("Merge Format", string(formatZip)))
	s.Bool(&p.keepPath, "Keep Path", "Whether entries lie in the folder that the attribute path names.", sdk.Required,
		sdk.Default("false"), sdk.When("Merge Format", string(formatTar), string(formatZip)))
	s.Text(&p.tarTime, "Tar Modified Time", "The modification time of an entry, as 2026-01-31T13:00:00Z. Other values are ignored.",
		sdk.Default("${file.lastModifiedTime}"), sdk.PerFlowFile, sdk.When("Merge Format", string(formatTar)))
}
