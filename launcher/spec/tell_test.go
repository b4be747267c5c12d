package spec

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/limit"
)

func ask(t *testing.T, pairs ...string) (limits []limit.Asked) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		row, _ := limit.Find(pairs[i])
		one, err := row.Ask(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		limits = append(limits, one)
	}
	return limits
}

func sorted(env []string) []string { return slices.Sorted(slices.Values(env)) }

func TestTell(t *testing.T) {
	for name, test := range map[string]struct {
		env    []string
		limits []limit.Asked
		want   []string
	}{
		"nothing to tell": {nil, ask(t, "pids", "10", "memory", "infinity", "cpus", "infinity"), nil},
		"memory": {nil, ask(t, "memory", "100M"), []string{
			"GOMEMLIMIT=94371840", "JAVA_TOOL_OPTIONS=-XX:MaxRAM=104857600", "NODE_OPTIONS=--max-old-space-size=75",
		}},
		"the tighter of two": {nil, ask(t, "memory", "1G", "memory-high", "100M"), []string{
			"GOMEMLIMIT=94371840", "JAVA_TOOL_OPTIONS=-XX:MaxRAM=104857600", "NODE_OPTIONS=--max-old-space-size=75",
		}},
		"a part of a CPU is one": {nil, ask(t, "cpus", "0.5"), []string{"GOMAXPROCS=1", "JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=1"}},
		"CPUs are rounded up":    {nil, ask(t, "cpus", "1.5"), []string{"GOMAXPROCS=2", "JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=2"}},
		"a set of CPUs":          {nil, ask(t, "cpus", "8", "cpuset", "0-2,9"), []string{"GOMAXPROCS=4", "JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=4"}},
		"what is set stays": {
			[]string{"GOMEMLIMIT=off", "GOMAXPROCS=1", "NODE_OPTIONS=--x --max_old_space_size=9", "JAVA_TOOL_OPTIONS=-Xmx1g -XX:ActiveProcessorCount=7"},
			ask(t, "memory", "100M", "cpus", "2"),
			[]string{"GOMEMLIMIT=off", "GOMAXPROCS=1", "NODE_OPTIONS=--x --max_old_space_size=9", "JAVA_TOOL_OPTIONS=-Xmx1g -XX:ActiveProcessorCount=7"},
		},
		"options are added to": {
			[]string{"NODE_OPTIONS=--enable-source-maps", "JAVA_TOOL_OPTIONS=-Xmx1g", "GOMEMLIMIT="},
			ask(t, "memory", "100M", "cpus", "2"),
			[]string{
				"NODE_OPTIONS=--enable-source-maps --max-old-space-size=75", "JAVA_TOOL_OPTIONS=-Xmx1g -XX:ActiveProcessorCount=2",
				"GOMEMLIMIT=", "GOMAXPROCS=2",
			},
		},
		"none are": {
			[]string{"NODE_OPTIONS="},
			ask(t, "memory", "100M"),
			[]string{"NODE_OPTIONS=--max-old-space-size=75", "GOMEMLIMIT=94371840", "JAVA_TOOL_OPTIONS=-XX:MaxRAM=104857600"},
		},
		"never less than they need to start": {nil, ask(t, "memory", "1M"), []string{
			"GOMEMLIMIT=943713", "JAVA_TOOL_OPTIONS=-XX:MaxRAM=16777216", "NODE_OPTIONS=--max-old-space-size=8",
		}},
	} {
		if diff := cmp.Diff(sorted(test.want), sorted(tell(test.env, test.limits))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
