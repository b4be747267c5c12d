package spec

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/limit"
)

// tell gives the runtimes that look at variables the run's limits: for those
// that do not read cgroups, or cannot see theirs. What is set already stays; where
// options are, one more is put behind them, unless they set such a limit themselves.
//
//	GOMEMLIMIT    9/10 of the memory: it is soft, and does not count all
//	NODE_OPTIONS  --max-old-space-size, 3/4 of the memory: the rest of the heap comes on top
//	JAVA_TOOL_OPTIONS  -XX:MaxRAM, the memory: the JVM takes its parts of it by itself
//	GOMAXPROCS    the CPUs, rounded up
func tell(env []string, limits []limit.Asked) []string {
	memory, cpus := leastMemory(limits), leastCPUs(limits)
	if memory > 0 {
		env = setUnset(env, "GOMEMLIMIT", fmt.Sprint(memory/10*9))
		env = addOption(env, node, fmt.Sprintf("--max-old-space-size=%d", max(memory/4*3, nodeStarts)>>20))
		env = addOption(env, java, fmt.Sprintf("-XX:MaxRAM=%d", max(memory, javaStarts)))
	}
	if cpus > 0 {
		env = setUnset(env, "GOMAXPROCS", fmt.Sprint(cpus))
		env = addOption(env, javaCPUs, fmt.Sprintf("-XX:ActiveProcessorCount=%d", cpus))
	}
	return env
}

// What the runtimes need to start at all: with less they say so and end. node 20
// starts with 4M of old space, Java 17 with 8M of RAM.
const (
	nodeStarts = 8 << 20
	javaStarts = 16 << 20
)

// options is a variable of options, and those that say the same as ours.
type options struct {
	variable string
	own      []string
}

var (
	node     = options{"NODE_OPTIONS", []string{"--max-old-space-size", "--max_old_space_size", "--max-heap-size"}}
	java     = options{"JAVA_TOOL_OPTIONS", []string{"-Xmx", "-XX:MaxRAM", "-XX:MaxHeapSize"}}
	javaCPUs = options{"JAVA_TOOL_OPTIONS", []string{"-XX:ActiveProcessorCount"}}
)

// addOption puts an option behind those that are there.
func addOption(env []string, to options, option string) []string {
	i := slices.IndexFunc(env, func(have string) bool { return strings.HasPrefix(have, to.variable+"=") })
	if i < 0 {
		return append(env, to.variable+"="+option)
	}
	if slices.ContainsFunc(to.own, func(own string) bool { return strings.Contains(env[i], own) }) {
		return env
	}
	env = slices.Clone(env) // it is the caller's
	if !strings.HasSuffix(env[i], "=") {
		option = " " + option
	}
	env[i] += option
	return env
}

// PayloadEnv is the environment of the payload.
func (s Spec) PayloadEnv() []string {
	if !s.Tell {
		return s.Env
	}
	return tell(s.Env, slices.Concat(s.Limits, s.SliceLimits))
}

// setUnset sets a variable that has no value yet; "" is nothing to set.
func setUnset(env []string, name, value string) []string {
	set := func(have string) bool { return strings.HasPrefix(have, name+"=") }
	if value == "" || slices.ContainsFunc(env, set) {
		return env
	}
	return append(env, name+"="+value)
}

// leastMemory is the tightest limit on memory, 0 for none.
func leastMemory(limits []limit.Asked) (least uint64) {
	for _, asked := range limits {
		switch n := asked.Number(); asked.Row {
		case limit.Memory, limit.MemoryHigh:
			if n != limit.Infinity && (least == 0 || n < least) {
				least = n
			}
		}
	}
	return least
}

// leastCPUs counts the CPUs that a run may keep busy at once, 0 for no limit.
func leastCPUs(limits []limit.Asked) (least uint64) {
	for _, asked := range limits {
		var n uint64
		switch asked.Row {
		case limit.CPUs:
			if usec := asked.Number(); usec != limit.Infinity {
				n = (usec + 1e6 - 1) / 1e6
			}
		case limit.CPUSet:
			for _, mask := range asked.Mask() {
				n += uint64(bits.OnesCount8(mask))
			}
		}
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}
