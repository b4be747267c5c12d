package limit

// The rows, in the order of --help. Only constants and functions by name: what
// had to be computed would be so at every start.
var (
	Memory = &Row{
		Flag: "memory", Short: "m", Group: group, Placeholder: "SIZE",
		Help: "Memory at most (MemoryMax), or auto: what recorded runs speak for; " +
			"swap is then 0 unless --swap says otherwise.",
		Property: "MemoryMax", Type: "t", Since: "231",
		Controller: "memory", V2: "memory.max", V1: "memory.limit_in_bytes",
		kind: size{},
	}
	Swap = &Row{
		Flag: "swap", Group: group, Placeholder: "SIZE",
		Help:     "Swap at most (MemorySwapMax).",
		Property: "MemorySwapMax", Type: "t", Since: "232",
		Controller: "memory", V2: "memory.swap.max",
		kind: size{zero: true}, moot: noSwap,
	}
	MemoryHigh = &Row{
		Flag: "memory-high", Group: group, Placeholder: "SIZE",
		Help:     "Memory above which the run is slowed down and reclaimed from (MemoryHigh).",
		Property: "MemoryHigh", Type: "t", Since: "231",
		Controller: "memory", V2: "memory.high",
		kind: size{},
	}
	MemoryLow = &Row{
		Flag: "memory-low", Aliases: []string{"memory-reservation"}, Group: group, Placeholder: "SIZE",
		Help: "Memory that is left alone while others have some to spare (MemoryLow); Docker's " +
			"--memory-reservation is the same.",
		Property: "MemoryLow", Type: "t", Since: "231",
		Controller: "memory", V2: "memory.low",
		Protects: true, kind: size{floor: true},
	}
	MemoryMin = &Row{
		Flag: "memory-min", Group: group, Placeholder: "SIZE",
		Help:     "Memory that is never taken away (MemoryMin).",
		Property: "MemoryMin", Type: "t", Since: "240",
		Controller: "memory", V2: "memory.min",
		Protects: true, kind: size{floor: true},
	}
	MemorySwap = &Row{
		Flag: "memory-swap", Group: group, Placeholder: "SIZE",
		Help:    "Docker's: memory and swap together at most, -1 for no limit; that is --swap SIZE minus --memory.",
		synonym: &totalOfSwap,
	}
	CPUs = &Row{
		Flag: "cpus", Group: group, Placeholder: "N",
		Help:     "CPU time at most, in CPUs: 1.5 is 150% (CPUQuota).",
		Property: "CPUQuotaPerSecUSec", Setting: "CPUQuota", Type: "t", Since: "213",
		Controller: "cpu", V2: "cpu.max", V1: "cpu.cfs_quota_us",
		kind: quota{},
	}
	CPUWeight = &Row{
		Flag: "cpu-weight", Group: group, Placeholder: "W",
		Help:     "Share of CPU time against others, 1 to 10000 or idle (CPUWeight).",
		Property: "CPUWeight", Type: "t", Since: "232",
		Controller: "cpu", V2: "cpu.weight", V1: "cpu.shares",
		kind: cpuWeight{},
	}
	CPUShares = &Row{
		Flag: "cpu-shares", Group: group, Placeholder: "N",
		Help:    "Docker's: --cpu-weight on a scale where 1024 is the usual.",
		synonym: &sharesOfWeight,
	}
	CPUSet = &Row{
		Flag: "cpuset", Aliases: []string{"cpuset-cpus"}, Group: group, Placeholder: "LIST",
		Help:     "CPUs to run on, such as 0-2,5 (AllowedCPUs); Docker's --cpuset-cpus is the same.",
		Property: "AllowedCPUs", Type: "ay", Since: "244",
		Controller: "cpuset", V2: "cpuset.cpus.effective",
		kind: cpuSet{of: "CPUs", online: "/sys/devices/system/cpu/online"},
	}
	CPUMems = &Row{
		Flag: "cpuset-mems", Group: group, Placeholder: "LIST",
		Help:     "Memory nodes to use, such as 0-1 (AllowedMemoryNodes); Docker's name too.",
		Property: "AllowedMemoryNodes", Type: "ay", Since: "244",
		Controller: "cpuset", V2: "cpuset.mems.effective",
		kind: cpuSet{of: "memory nodes", online: "/sys/devices/system/node/online"},
	}
	IOWeight = &Row{
		Flag: "io-weight", Aliases: []string{"blkio-weight"}, aliased: ioOfBlkio, Group: group, Placeholder: "W",
		Help: "Share of disk time against others, 1 to 10000 (IOWeight); Docker's --blkio-weight is the same " +
			"on a scale of 10 to 1000.",
		Property: "IOWeight", Type: "t", Since: "230",
		Controller: "io", V2: "io.weight",
		kind: ioWeight{},
	}
	IOReadBps = &Row{
		Flag: "io-read-bps", Aliases: []string{"device-read-bps"}, Group: group,
		Placeholder: "DEV:RATE", Repeatable: true,
		Help:     "Bytes a second read from a device at most (IOReadBandwidthMax); repeatable.",
		Property: "IOReadBandwidthMax", Type: "a(st)", Since: "230",
		Controller: "io", V2: "io.max",
		kind: ioMax{key: "rbps"},
	}
	IOWriteBps = &Row{
		Flag: "io-write-bps", Aliases: []string{"device-write-bps"}, Group: group,
		Placeholder: "DEV:RATE", Repeatable: true,
		Help:     "Bytes a second written to it (IOWriteBandwidthMax); repeatable.",
		Property: "IOWriteBandwidthMax", Type: "a(st)", Since: "230",
		Controller: "io", V2: "io.max",
		kind: ioMax{key: "wbps"},
	}
	IOReadIOPS = &Row{
		Flag: "io-read-iops", Aliases: []string{"device-read-iops"}, Group: group,
		Placeholder: "DEV:RATE", Repeatable: true,
		Help:     "Reads a second (IOReadIOPSMax); repeatable.",
		Property: "IOReadIOPSMax", Type: "a(st)", Since: "230",
		Controller: "io", V2: "io.max",
		kind: ioMax{key: "riops", operations: true},
	}
	IOWriteIOPS = &Row{
		Flag: "io-write-iops", Aliases: []string{"device-write-iops"}, Group: group,
		Placeholder: "DEV:RATE", Repeatable: true,
		Help:     "Writes a second (IOWriteIOPSMax); repeatable.",
		Property: "IOWriteIOPSMax", Type: "a(st)", Since: "230",
		Controller: "io", V2: "io.max",
		kind: ioMax{key: "wiops", operations: true},
	}
	Pids = &Row{
		Flag: "pids", Aliases: []string{"pids-limit"}, aliased: pidsOfLimit, Group: group, Placeholder: "N",
		Help: "Tasks at most, slimrun's own init among them (TasksMax); Docker's --pids-limit is the same, " +
			"with -1 and 0 for no limit.",
		Property: "TasksMax", Type: "t", Since: "227",
		Controller: "pids", V2: "pids.max", V1: "pids.max",
		kind: count{}, usual: tasksByDefault,
	}
	Timeout = &Row{
		Flag: "timeout", Group: group, Placeholder: "TIME",
		Help:     "Time at most, such as 30s or 1h30min; status 124 when it is up (RuntimeMaxSec).",
		Property: "RuntimeMaxUSec", Setting: "RuntimeMaxSec", Type: "t", Since: "244",
		ScopeOnly: true, kind: span{},
	}
	OOM = &Row{
		Flag: "oom", Group: group, Placeholder: "kill|stop|continue",
		Help: "What else ends when a process is killed for memory: all at once, all with grace, nothing " +
			"(OOMPolicy).",
		Property: "OOMPolicy", Type: "s", Since: "253",
		Controller: "memory", V2: "memory.oom.group",
		ScopeOnly: true, kind: policy{}, kept: stopsAll, moot: continues,
	}
)

// cpuSetV1 is how v1 tells of CPUs. It is no flag's: systemd sets none there, but Slurm does.
var cpuSetV1 = &Row{
	Flag: "cpuset", Controller: "cpuset", V1: "cpuset.effective_cpus",
	kind: cpuSet{of: "CPUs", online: "/sys/devices/system/cpu/online"},
}

// CPUsHeld is the row of the CPUs that a process may run on.
func CPUsHeld(v1 bool) *Row {
	if v1 {
		return cpuSetV1
	}
	return CPUSet
}

const group = "Limits"

// Rows is the table.
var Rows = []*Row{
	Memory, Swap, MemoryHigh, MemoryLow, MemoryMin, MemorySwap,
	CPUs, CPUWeight, CPUShares, CPUSet, CPUMems,
	IOWeight, IOReadBps, IOWriteBps, IOReadIOPS, IOWriteIOPS,
	Pids, Timeout, OOM,
}
