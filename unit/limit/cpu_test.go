package limit

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string][]byte{
		"0": {1}, "0-2,5": {0b100111}, "5,0-2": {0b100111}, "0,0": {1}, "8": {0, 1}, "7-8": {0x80, 1}, "3-3": {8},
	} {
		got, ok := parseCPUs(list)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("parseCPUs(%q), %v: %s", list, ok, diff)
		}
	}
	for _, list := range []string{
		"", ",", "0,", "2-1", "-1", "1-", "a", "0x1", "+1", "1-2-3", "8192", "0-99999999999999999999", "1\n",
	} {
		if got, ok := parseCPUs(list); ok {
			t.Errorf("parseCPUs(%q) = %v, want it refused", list, got)
		}
	}
}

// setOf is what a list says, number by number; nil for none.
func setOf(list string) map[int]bool {
	set := map[int]bool{}
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || to < from || from < 0 || to > 8191 {
			return nil
		}
		for n := from; n <= to; n++ {
			set[n] = true
		}
	}
	return set
}

// What is taken is the set that the list says, and reads back as it from another
// list of the same.
func FuzzCPUs(f *testing.F) {
	for _, seed := range []string{"0", "0-2,5", "8191", "1-0", "0-8191"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		mask, ok := parseCPUs(list)
		if !ok {
			return
		}
		if len(mask) == 0 || len(mask) > 1024 || mask[len(mask)-1] == 0 {
			t.Fatalf("parseCPUs(%q) has %d bytes", list, len(mask))
		}
		set, bits := setOf(list), 0
		for n := range 8 * len(mask) {
			if mask[n/8]&(1<<(n%8)) != 0 {
				bits++
				if !set[n] {
					t.Fatalf("parseCPUs(%q) has %d", list, n)
				}
			}
		}
		if bits != len(set) {
			t.Fatalf("parseCPUs(%q) has %d CPUs, want %d", list, bits, len(set))
		}
		reversed := strings.Split(list, ",")
		slices.Reverse(reversed)
		if !(cpuSet{}).holds(mask, strings.Join(reversed, ","), false) {
			t.Fatalf("parseCPUs(%q) is not what it is backwards", list)
		}
	})
}

// Row S7, of CPUs.
func TestCPUs(t *testing.T) {
	for text, want := range map[string]uint64{
		"1": 1e6, "1.5": 15e5, "0.5": 5e5, "0.001": 1000, "64": 64e6, "infinity": Infinity,
	} {
		if got, err := (quota{}).read(text); got != want || err != nil {
			t.Errorf("cpus(%q) = %v, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "-1", "inf", "", "0.0009", "1e3", "NaN", "150%", "99999999999", "1,5"} {
		if got, err := (quota{}).read(text); err == nil {
			t.Errorf("S7 cpus(%q) = %v, want an error", text, got)
		}
	}
	for text, want := range map[string]uint64{"150%": 15e5, "100%": 1e6, "0.1%": 1000, "infinity": Infinity} {
		if got, err := (quota{}).setting(text); got != want || err != nil {
			t.Errorf("cpuPercent(%q) = %v, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"1.5", "0%", "-5%", "%", "", "infinity%%"} {
		if got, err := (quota{}).setting(text); err == nil {
			t.Errorf("cpuPercent(%q) = %v, want an error", text, got)
		}
	}
}

func TestWeights(t *testing.T) {
	for text, want := range map[string]uint64{"1": 1, "100": 100, "10000": 10000, "idle": cpuWeightIdle} {
		if got, err := (cpuWeight{}).read(text); got != want || err != nil {
			t.Errorf("cpuWeight(%q) = %v, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "-1", "10001", "", "1.5", "+5", "IDLE", "4294967297"} {
		if got, err := (cpuWeight{}).read(text); err == nil {
			t.Errorf("cpuWeight(%q) = %v, want an error", text, got)
		}
		if got, err := (ioWeight{}).read(text); err == nil {
			t.Errorf("ioWeight(%q) = %v, want an error", text, got)
		}
	}
	if got, err := (ioWeight{}).read("idle"); err == nil {
		t.Errorf("ioWeight(idle) = %v: IO has no such weight", got)
	}
}
