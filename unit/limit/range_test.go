package limit

import (
	"fmt"
	"strconv"
	"testing"
)

// systemdsQuota is what systemd writes to cpu.max for a quota and a period, from
// cgroup_cpu_adjust_period and cgroup_apply_unified_cpu_quota of its
// src/core/cgroup.c (the same from 252 to 257).
func systemdsQuota(quota, period uint64) (uint64, uint64) {
	const msec, sec = 1000, 1000000
	period = min(max(period, msec, msec*sec/quota), sec)
	return max(quota*period/sec, msec), period
}

// Whatever is asked for, what systemd writes holds; more or less does not.
func TestQuotaOverItsRange(t *testing.T) {
	holds := func(usec uint64, got string) bool { return quota{}.holds(usec, got, false) }
	for _, asked := range []uint64{1000, 10000, 33333, 100000, 1000000} {
		for usec := uint64(1000); usec <= 65536e6; usec += 1 + usec/97 {
			quota, period := systemdsQuota(usec, asked)
			for got, want := range map[string]bool{
				fmt.Sprint(quota, " ", period): true, fmt.Sprint(quota+1, " ", period): false,
				fmt.Sprint(quota-1, " ", period): false, "max 100000": false,
			} {
				if holds(usec, got) != want {
					t.Fatalf("a quota of %d in periods of %d with the kernel saying %q: want it to hold: %v",
						usec, asked, got, want)
				}
			}
			if usec < 1e6 && holds(usec, "1000 1000") {
				t.Fatalf("a quota of %d is not a whole CPU", usec)
			}
		}
	}
}

// Every --cpus that is taken is one that systemd can keep, three digits and more.
func TestCPUsOverTheirRange(t *testing.T) {
	for n := range 4000 {
		for _, text := range []string{
			fmt.Sprintf("%d.%03d", n/1000, n%1000), fmt.Sprintf("%d.%04d", n/10000, n%10000),
		} {
			asked, err := CPUs.Ask(text)
			if err != nil {
				continue // below a thousandth
			}
			quota, period := systemdsQuota(asked.Number(), 100000)
			if got := fmt.Sprint(quota, " ", period); !asked.Holds(got, false) || !asked.Holds(got, true) {
				t.Errorf("--cpus %s is %s for systemd: want it proven", text, got)
			}
		}
	}
}

// The kernel's pages are of 4K, or of 16K and 64K on some arm64.
func TestSizesOnEveryPage(t *testing.T) {
	for _, page := range []uint64{4 << 10, 16 << 10, 64 << 10} {
		for want := uint64(1); want < 1<<62; want += 1 + want/3 {
			kernel := want / page * page
			for got, holds := range map[uint64]bool{kernel: true, kernel + page: false} {
				if pagesHold(want, strconv.FormatUint(got, 10), page) != holds {
					t.Fatalf("%d in pages of %d with the kernel saying %d: want it to hold: %v", want, page, got, holds)
				}
			}
			if pagesHold(want, "max", page) {
				t.Fatalf("%d is not max", want)
			}
		}
		if most := strconv.FormatUint(maxBytes(page), 10); !pagesHold(Infinity, "max", page) ||
			!pagesHold(Infinity, most, page) || pagesHold(1<<62, most, page) {
			t.Errorf("pages of %d: no limit is %s", page, most)
		}
	}
}

// Beyond PID_MAX_LIMIT the kernel takes no number: there are no more tasks.
func TestTasksOverTheirRange(t *testing.T) {
	for n, max := range map[uint64]bool{
		1: false, 4194303: false, 4194304: false, 4194305: true, 1<<31 - 1: true, Infinity: true,
	} {
		if (count{}).holds(n, "max", false) != max {
			t.Errorf("%d tasks with the kernel saying max: want it to hold: %v", n, max)
		}
		if n <= 4194304 && !(count{}).holds(n, strconv.FormatUint(n, 10), false) {
			t.Errorf("%d tasks do not hold", n)
		}
	}
}

func TestWeightsOverTheirRange(t *testing.T) {
	for w := uint64(1); w <= 10000; w++ {
		bfq := w
		if w > 100 { // BFQ_WEIGHT of systemd's src/shared/cgroup-setup.h
			bfq = 100 + (w-100)*900/9900
		}
		for _, c := range []struct {
			kind kind
			got  string
			v1   bool
			want bool
		}{
			{cpuWeight{}, fmt.Sprint(w), false, true},
			{cpuWeight{}, fmt.Sprint(w + 1), false, false},
			{cpuWeight{}, fmt.Sprint(max(2, w*1024/100)), true, true},
			{cpuWeight{}, "1", true, false},
			{ioWeight{}, fmt.Sprintf("default %d\n8:0 7", w), false, true},
			{ioWeight{}, fmt.Sprintf("bfq default %d", bfq), false, true},
			{ioWeight{}, fmt.Sprintf("bfq %d", bfq), false, true},
			{ioWeight{}, fmt.Sprintf("bfq default %d", bfq+1), false, false},
		} {
			if c.kind.holds(w, c.got, c.v1) != c.want {
				t.Fatalf("%T %d with the kernel saying %q: want it to hold: %v", c.kind, w, c.got, c.want)
			}
		}
	}
}

// A limit on tasks that systemd gives every unit is none that somebody wanted.
func TestTasksByDefault(t *testing.T) {
	most, err := mostTasksHere()
	if err != nil {
		t.Fatal(err)
	}
	for n, usual := range map[uint64]bool{most: true, most*15/100 + 1: true, most / 10: false, 1: false} {
		if asked := (Asked{Row: Pids, value: n}); asked.IsUsual() != usual {
			t.Errorf("%d of %d tasks are usual: %v", n, most, !usual)
		}
	}
	if Memory.Imply("1M").IsUsual() {
		t.Error("no memory is usual")
	}
}
