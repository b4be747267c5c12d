package limit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// limitCase is what a flag takes, what the kernel then says, and what it must
// not say.
type limitCase struct {
	good      map[string]any // flag's value → D-Bus value
	bad       []string
	holds     map[string][]string // flag's value → contents that prove it
	holdsNot  map[string][]string
	holdsV1   map[string][]string
	refutesV1 map[string][]string
}

// Rows S5 S7 S8: a case for every row of the table.
var limitCases = map[string]limitCase{
	"memory": {
		good: map[string]any{"100M": uint64(104857600), "infinity": Infinity}, bad: []string{"0", "-1", "", "16E", "0.5"},
		holds:     map[string][]string{"100M": {"104857600"}, "5000": {"4096"}, "infinity": {"max"}},
		holdsNot:  map[string][]string{"100M": {"max", "104857601", "104853504", "", "0", "104857600 "}, "infinity": {"104857600", ""}},
		holdsV1:   map[string][]string{"100M": {"104857600"}, "infinity": {"9223372036854771712"}},
		refutesV1: map[string][]string{"100M": {"9223372036854771712"}, "infinity": {"104857600"}},
	},
	"swap": {
		good:  map[string]any{"0": uint64(0), "1G": uint64(1 << 30), "infinity": Infinity},
		bad:   []string{"-1", "", "16E"},
		holds: map[string][]string{"0": {"0"}, "infinity": {"max"}}, holdsNot: map[string][]string{"0": {"max", "", "4096"}},
	},
	"memory-high": sizeCase, "memory-low": sizeCase, "memory-min": sizeCase,
	"cpus": {
		good: map[string]any{"1.5": uint64(15e5), "infinity": Infinity}, bad: []string{"0", "-1", "inf", "0.0001"},
		holds:     map[string][]string{"1.5": {"150000 100000", "15000 10000"}, "0.001": {"1000 1000000"}, "infinity": {"max 100000"}},
		holdsNot:  map[string][]string{"1.5": {"max 100000", "150001 100000", "150000", "", "150000 x", "-1 100000"}, "infinity": {"150000 100000", ""}},
		holdsV1:   map[string][]string{"1.5": {"150000 100000"}, "infinity": {"-1 100000"}},
		refutesV1: map[string][]string{"1.5": {"-1 100000"}},
	},
	"cpu-weight": {
		good: map[string]any{"1": uint64(1), "idle": uint64(0)}, bad: []string{"0", "10001", "-1", ""},
		holds: map[string][]string{"100": {"100"}, "idle": {"idle"}}, holdsNot: map[string][]string{"100": {"1024", "", "idle"}, "idle": {"0", "1"}},
		holdsV1:   map[string][]string{"100": {"1024"}, "1": {"10"}, "10000": {"102400"}},
		refutesV1: map[string][]string{"100": {"100", "max"}, "idle": {"2"}},
	},
	"cpuset": {
		good: map[string]any{"0-2,5": []byte{0b100111}, "0 1": []byte{3}}, bad: []string{"", "2-1", "x", "-1"},
		holds: map[string][]string{"0-2,5": {"0-2,5", "0,1,2,5"}}, holdsNot: map[string][]string{"0-2,5": {"0-5", "0-2", "", "0-2,5,8"}},
	},
	"cpuset-mems": {
		good: map[string]any{"0": []byte{1}}, bad: []string{"", "x"}, holds: map[string][]string{"0": {"0"}}, holdsNot: map[string][]string{"0": {"0-1", ""}},
	},
	"pids": {
		good:  map[string]any{"1": uint64(1), "512": uint64(512), "infinity": Infinity},
		bad:   []string{"0", "-1", "", "1.5", "1K", "inf", "max", "+5", "18446744073709551615", "4294967296"},
		holds: map[string][]string{"512": {"512"}, "infinity": {"max"}}, holdsNot: map[string][]string{"512": {"max", "511", ""}, "infinity": {"512"}},
	},
	"io-weight": {
		good: map[string]any{"500": uint64(500)}, bad: []string{"0", "10001", "idle"},
		holds:    map[string][]string{"500": {"default 500", "500", "default 500\n8:0 200"}},
		holdsNot: map[string][]string{"500": {"default 100", "", "default 100\n8:0 500"}},
	},
	"io-read-bps": ioCase, "io-write-bps": ioCase, "io-read-iops": ioCase, "io-write-iops": ioCase,
	"timeout": {good: map[string]any{"30s": uint64(30e6), "infinity": Infinity}, bad: []string{"0", "-1s", "", "soon"}},
	"oom": {
		good: map[string]any{"kill": "kill", "stop": "stop", "continue": "continue"}, bad: []string{"", "Kill", "none"},
		holds: map[string][]string{"kill": {"1"}, "continue": {"0"}}, holdsNot: map[string][]string{"kill": {"0", ""}, "continue": {"1"}},
	},
}

var sizeCase = limitCase{
	good: map[string]any{"100M": uint64(104857600), "infinity": Infinity}, bad: []string{"0", "-1", "", "16E"},
	holds: map[string][]string{"100M": {"104857600"}, "infinity": {"max"}}, holdsNot: map[string][]string{"100M": {"max", "0", ""}},
}

// The devices' own cases stand in io_test.go: they need a disk.
var ioCase = limitCase{bad: []string{"", "/dev/null:1M", "8:0:1M", "/dev/sda", "sda:1M", "/:0", "/:-1", "/:infinity"}}

func TestLimits(t *testing.T) {
	for _, limit := range Rows {
		if limit.IsSynonym() {
			continue
		}
		c, ok := limitCases[limit.Flag]
		if !ok {
			t.Errorf("--%s has no case here", limit.Flag)
			continue
		}
		t.Run(limit.Flag, func(t *testing.T) {
			testValues(t, limit, c)
			testHolds(t, limit, c.holds, false, true)
			testHolds(t, limit, c.holdsNot, false, false)
			testHolds(t, limit, c.holdsV1, true, true)
			testHolds(t, limit, c.refutesV1, true, false)
		})
	}
}

func testValues(t *testing.T, limit *Row, c limitCase) {
	for text, want := range c.good {
		asked, err := limit.Ask(text)
		if err != nil {
			t.Error(err)
			continue
		}
		property := asked.Property()
		if diff := cmp.Diff(want, property.Value.Value()); diff != "" {
			t.Errorf("--%s %s: %s", limit.Flag, text, diff)
		}
		if got := property.Value.Signature().String(); got != limit.Type || property.Name != limit.Property {
			t.Errorf("--%s is %s of type %q on the bus, want %s of %q",
				limit.Flag, property.Name, got, limit.Property, limit.Type)
		}
	}
	for _, text := range c.bad {
		if asked, err := limit.Ask(text); err == nil {
			t.Errorf("--%s %q is taken as %v, want an error", limit.Flag, text, asked.value)
		}
	}
}

func testHolds(t *testing.T, limit *Row, cases map[string][]string, v1, want bool) {
	for text, contents := range cases {
		asked, err := limit.Ask(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, content := range contents {
			if got := asked.Holds(content, v1); got != want {
				t.Errorf("--%s %s with the kernel saying %q (v1: %v): proven is %v", limit.Flag, text, content, v1, got)
			}
		}
	}
}

// Every row is whole: words for the command line, a property's name, and a way
// to prove it.
func TestRowsAreWhole(t *testing.T) {
	for _, row := range Rows {
		if row.Flag == "" || row.Group == "" || row.Placeholder == "" || row.Help == "" {
			t.Errorf("row %+v lacks words", row)
		}
		if row.IsSynonym() {
			continue
		}
		if row.Property == "" || row.Type == "" || row.Since == "" || row.kind == nil {
			t.Errorf("row %+v lacks something", row)
		}
		if (row.Controller == "") != (row.V2+row.V1 == "") {
			t.Errorf("--%s cannot be proven as its row has it", row.Flag)
		}
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]*Row{
		"memory": Memory, "pids-limit": Pids, "memory-reservation": MemoryLow, "cpuset-cpus": CPUSet, "cpu-shares": CPUShares, "m": nil, "": nil,
	} {
		if got, ok := Find(name); got != want || ok != (want != nil) {
			t.Errorf("Find(%q) is %+v, %v", name, got, ok)
		}
	}
}

func TestAskNames(t *testing.T) {
	_, err := Memory.Ask("100X")
	if want := `--memory "100X": want a size such as "100M", "1.5G", "50%" (of RAM) or "infinity"`; fmt.Sprint(err) != want {
		t.Errorf("got %q, want %q", fmt.Sprint(err), want)
	}
}

func TestAssignment(t *testing.T) {
	for _, c := range [][3]string{
		{"memory", "100M", "MemoryMax=104857600"},
		{"memory", "infinity", "MemoryMax=infinity"},
		{"cpus", "1.5", "CPUQuota=150%"},
		{"cpus", "infinity", "CPUQuota="},
		{"cpu-weight", "idle", "CPUWeight=idle"},
		{"timeout", "1min", "RuntimeMaxSec=60000000us"},
		{"pids", "7", "TasksMax=7"},
		{"oom", "kill", "OOMPolicy=kill"},
		{"cpuset", "0-1", "AllowedCPUs=0-1"},
	} {
		row, _ := Find(c[0])
		asked, err := row.Ask(c[1])
		if got := strings.Join(asked.Assignments(), " "); got != c[2] || err != nil {
			t.Errorf("--%s %s is %q, %v, want %q", c[0], c[1], got, err, c[2])
		}
	}
}

// What systemd gives back is padded, and turned round.
func TestIsValue(t *testing.T) {
	cpus, err := CPUSet.Ask("0-2")
	if err != nil {
		t.Fatal(err)
	}
	devices := Asked{Row: IOReadBps, value: []deviceLimit{{"/dev/block/8:0", 1}, {"/dev/block/8:16", 2}}}
	for _, c := range []struct {
		asked Asked
		got   any
		want  bool
	}{
		{cpus, []byte{7, 0, 0, 0, 0, 0, 0, 0}, true},
		{cpus, []byte{7, 1}, false},
		{cpus, []byte{}, false},
		{devices, [][]any{{"/dev/block/8:16", uint64(2)}, {"/dev/block/8:0", uint64(1)}}, true},
		{devices, [][]any{{"/dev/block/8:0", uint64(1)}}, false},
		{Memory.Imply("1M"), uint64(1 << 20), true},
		{Memory.Imply("1M"), int64(1 << 20), false},
		{Memory.Imply("1M"), nil, false},
	} {
		if got := c.asked.IsValue(c.got); got != c.want {
			t.Errorf("%s is %v: %v", c.asked.Row.Flag, c.got, got)
		}
	}
	for row, values := range map[*Row][2]any{ // unset, set
		Memory: {Infinity, uint64(1)}, MemoryMin: {uint64(0), uint64(1)}, CPUSet: {[]byte{}, []byte{1}},
		IOReadBps: {[][]any{}, [][]any{{"/dev/sda", uint64(1)}}}, Swap: {Infinity, uint64(0)},
	} {
		if !row.IsUnset(values[0]) || row.IsUnset(values[1]) {
			t.Errorf("--%s: unset %v %v, set %v %v",
				row.Flag, values[0], row.IsUnset(values[0]), values[1], row.IsUnset(values[1]))
		}
	}
}
