package spec

import (
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
			[]string{"GOMEMLIMIT=off", "NODE_OPTIONS="},
			ask(t, "memory", "1M"),
			[]string{"GOMEMLIMIT=off", "NODE_OPTIONS=", "JAVA_TOOL_OPTIONS=-XX:MaxRAM=1048576"},
		},
	} {
		if diff := cmp.Diff(test.want, tell(test.env, test.limits)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
