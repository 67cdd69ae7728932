package api

import (
	"runtime"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/metrics"
	"github.com/braidflow/braid/internal/vfs"
)

// getSystemDiagnostics answers the figures of the process and its disk, under the names that they have for a JVM: the
// heap is Go's heap, what is not heap are stacks and the runtime's own memory.
func (s *server) getSystemDiagnostics(c *call) (any, error) {
	m := metrics.ReadRuntime()
	usage, err := s.engine.Disk()
	if err != nil {
		return nil, err
	}
	uptime := c.view.now.Sub(s.node.Start)
	nonHeap := m.Total - m.HeapTotal
	d := &dto.SystemDiagnosticsSnapshotDTO{
		TotalHeap: new(formatSize(m.HeapTotal)), TotalHeapBytes: &m.HeapTotal, UsedHeap: new(formatSize(m.HeapUsed)),
		UsedHeapBytes: &m.HeapUsed, FreeHeap: new(formatSize(m.HeapTotal - m.HeapUsed)), FreeHeapBytes: new(m.HeapTotal - m.HeapUsed),
		MaxHeap: new(formatSize(m.Limit)), MaxHeapBytes: &m.Limit, HeapUtilization: new(formatPercent(float64(m.HeapUsed), float64(m.HeapTotal))),
		TotalNonHeap: new(formatSize(nonHeap)), TotalNonHeapBytes: &nonHeap, UsedNonHeap: new(formatSize(nonHeap)),
		UsedNonHeapBytes: &nonHeap, FreeNonHeap: new(formatSize(0)), FreeNonHeapBytes: new(int64(0)),
		MaxNonHeap: new(formatSize(-1)), MaxNonHeapBytes: new(int64(-1)),
		AvailableProcessors: count32(runtime.GOMAXPROCS(0)), ProcessorLoadAverage: new(dto.Double(loadAverage())),
		TotalThreads: count32(m.Goroutines), DaemonThreads: count32(m.Goroutines), Uptime: new(formatDuration(uptime)),
		FlowFileRepositoryStorageUsage:   storage("", usage),
		ContentRepositoryStorageUsage:    []dto.StorageUsageDTO{*storage("default", usage)},
		ProvenanceRepositoryStorageUsage: []dto.StorageUsageDTO{*storage("default", usage)},
		GarbageCollection: []dto.GarbageCollectionDTO{{
			Name: new("Go"), CollectionCount: &m.GCCycles, CollectionTime: new(formatDuration(m.GCTime)), CollectionMillis: new(m.GCTime.Milliseconds()),
		}},
		StatsLastRefreshed: c.refreshed(),
		VersionInfo: &dto.VersionInfoDTO{
			NiFiVersion: new(nifiVersion), JavaVendor: new("Go"), JavaVersion: new(strings.TrimPrefix(runtime.Version(), "go")),
			OSName: new(runtime.GOOS), OSVersion: new(""), OSArchitecture: new(runtime.GOARCH), BuildTag: new("braid-" + s.version),
		},
	}
	return dto.SystemDiagnosticsEntity{SystemDiagnostics: &dto.SystemDiagnosticsDTO{AggregateSnapshot: d}}, nil
}

func storage(id string, u vfs.Usage) *dto.StorageUsageDTO {
	total, free := int64(u.Total), int64(u.Free)
	return &dto.StorageUsageDTO{
		Identifier: filled(id), FreeSpace: new(formatSize(free)), TotalSpace: new(formatSize(total)), UsedSpace: new(formatSize(total - free)),
		FreeSpaceBytes: &free, TotalSpaceBytes: &total, UsedSpaceBytes: new(total - free),
		Utilization: new(formatPercent(float64(total-free), float64(total))),
	}
}

// loadAverage is that of the last minute; -1 where the operating system does not tell, as in Java.
func loadAverage() float64 {
	data, err := vfs.ReadFile(vfs.OS, "/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := strings.Cut(string(data), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return -1
	}
	return load
}
