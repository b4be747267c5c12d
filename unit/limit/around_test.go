package limit

import (
	"strings"
	"testing"
)

func fileOf(row *Row, content string) fakeFiles { return fakeFiles{row.V2: content} }

// The least of all that is around, read as the flag has it; at is whose it is.
func TestLeast(t *testing.T) {
	for name, c := range map[string]struct {
		row    *Row
		levels []string // the own first; "" for no file
		text   string
		at     int
	}{
		"one":                   {Memory, []string{"104857600"}, "100M", 0},
		"none":                  {Memory, []string{"max", "max"}, "", -1},
		"no file at the top":    {Memory, []string{"104857600", ""}, "100M", 0},
		"above is less":         {Memory, []string{"209715200", "104857600", "max"}, "100M", 1},
		"the outer of equals":   {Memory, []string{"104857600", "104857600"}, "100M", 1},
		"own is less":           {Memory, []string{"4096", "104857600"}, "4096", 0},
		"swap of 0":             {Swap, []string{"0"}, "0", 0},
		"v1's no limit":         {Memory, []string{"9223372036854771712"}, "", -1},
		"a quota":               {CPUs, []string{"max 100000", "150000 100000"}, "1.5", 1},
		"a stretched period":    {CPUs, []string{"1000 142857"}, "0.007", 0},
		"v1's no quota":         {CPUs, []string{"-1 100000"}, "", -1},
		"tasks":                 {Pids, []string{"100", "50"}, "50", 1},
		"CPUs of both":          {CPUSet, []string{"0-3", "1-5"}, "1,2,3", 1},
		"CPUs, own fewer":       {CPUSet, []string{"1", "0-7"}, "1", 0},
		"rates of both":         {IOReadBps, []string{"8:0 rbps=100 wbps=max", "8:0 rbps=50 wbps=7\n8:16 rbps=9"}, "/dev/block/8:0:50\n/dev/block/8:16:9", 1},
		"another's rate":        {IOReadBps, []string{"8:0 rbps=max wbps=5"}, "", -1},
		"what is no number":     {Memory, []string{"nonsense"}, "", -1},
		"a period of nothing":   {CPUs, []string{"100 0"}, "", -1},
		"nothing around at all": {Memory, nil, "", -1},
	} {
		var levels []fakeFiles
		for _, content := range c.levels {
			files := fileOf(c.row, content)
			if content == "" {
				files = fakeFiles{}
			}
			levels = append(levels, files)
		}
		least, at := Least(c.row, levels)
		if least.Text != c.text || at != c.at || (least.Row == nil) != (c.at < 0) {
			t.Errorf("%s: %q at %d, want %q at %d", name, least.Text, at, c.text, c.at)
		}
	}
}

// What is in force reads back as its flag's value, exactly.
func TestLeastReadsBack(t *testing.T) {
	for row, contents := range map[*Row][]string{
		Memory: {"4096", "104857600", "1052672"}, MemoryHigh: {"4096"}, Swap: {"0"}, Pids: {"1", "4194304"},
		CPUs: {"1000 1000000", "150000 100000", "1000 142857"}, CPUSet: {"0", "0-2,5,8191"}, CPUMems: {"0-1"},
	} {
		for _, content := range contents {
			least, _ := Least(row, []fakeFiles{fileOf(row, content)})
			asked, err := row.Ask(least.Text)
			if err != nil || !asked.Within(least) || !least.Within(asked) || !asked.Holds(content, false) {
				t.Errorf("--%s of %q is %q, which reads back as %v, %v",
					row.Flag, content, least.Text, asked.value, err)
			}
		}
	}
}

func TestTighten(t *testing.T) {
	for _, c := range []struct {
		row                *Row
		asked, bound, want string // want "" for within, "!" for an error
	}{
		{Memory, "100M", "200M", ""},
		{Memory, "200M", "200M", ""},
		{Memory, "500M", "200M", "200M"},
		{Memory, "infinity", "200M", "200M"},
		{Swap, "infinity", "0", "0"},
		{CPUs, "2", "0.5", "0.5"},
		{Pids, "infinity", "7", "7"},
		{CPUSet, "0-1", "0-3", ""},
		{CPUSet, "0-3", "2-5", "2,3"},
		{CPUSet, "0-1", "2-3", "!"},
	} {
		asked, err1 := c.row.Ask(c.asked)
		bound, err2 := c.row.Ask(c.bound)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if within := asked.Within(bound); within != (c.want == "") {
			t.Errorf("--%s %s is within %s: %v", c.row.Flag, c.asked, c.bound, within)
		}
		tight, err := asked.Tighten(bound)
		switch {
		case c.want == "!":
			if err == nil || !strings.Contains(err.Error(), c.bound) {
				t.Errorf("--%s %s within %s: %v", c.row.Flag, c.asked, c.bound, err)
			}
		case c.want != "" && (err != nil || tight.Text != c.want || tight.As != asked.As || !tight.Within(bound)):
			t.Errorf("--%s %s within %s is %+v, %v, want %s", c.row.Flag, c.asked, c.bound, tight, err, c.want)
		}
	}
	var none Asked
	if bound := Memory.Imply("1M"); none.Within(bound) {
		t.Error("no limit is within one")
	}
}

// What nobody below may have more of: limits, not shares or protections.
func TestBounds(t *testing.T) {
	var bounds []string
	for _, row := range Rows {
		if row.Bounds() {
			bounds = append(bounds, row.Flag)
		}
	}
	want := "memory swap memory-high cpus cpuset cpuset-mems io-read-bps io-write-bps io-read-iops io-write-iops pids"
	if got := strings.Join(bounds, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
