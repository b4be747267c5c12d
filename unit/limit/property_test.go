package limit

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

func TestParseProperty(t *testing.T) {
	for assignment, want := range map[string]struct {
		name, signature string
		value           any
		limit           string // flag of the row; "" for a plain property
	}{
		"MemoryMax=100M":                   {"MemoryMax", "t", uint64(104857600), "memory"},
		"CPUQuota=150%":                    {"CPUQuotaPerSecUSec", "t", uint64(15e5), "cpus"},
		"CPUQuotaPerSecUSec=1.5s":          {"CPUQuotaPerSecUSec", "t", uint64(15e5), "cpus"},
		"CPUQuotaPerSecUSec=1500000":       {"CPUQuotaPerSecUSec", "t", uint64(15e5), "cpus"},
		"RuntimeMaxUSec=2000000":           {"RuntimeMaxUSec", "t", uint64(2e6), "timeout"},
		"RuntimeMaxUSec=2s":                {"RuntimeMaxUSec", "t", uint64(2e6), "timeout"},
		"RuntimeMaxSec=1M":                 {"RuntimeMaxUSec", "t", uint64(2629800e6), "timeout"},
		"MemoryMax=1G 500M":                {"MemoryMax", "t", uint64(1<<30 + 500<<20), "memory"},
		"MemoryMax= 100 M ":                {"MemoryMax", "t", uint64(104857600), "memory"},
		"AllowedCPUs=0-1, 3":               {"AllowedCPUs", "ay", []byte{11}, "cpuset"},
		"MemoryMax=":                       {"MemoryMax", "t", Infinity, ""},
		"MemoryMin=":                       {"MemoryMin", "t", uint64(0), ""},
		"CPUQuota=":                        {"CPUQuotaPerSecUSec", "t", Infinity, ""},
		"CPUWeight=":                       {"CPUWeight", "t", Infinity, ""},
		"AllowedCPUs=":                     {"AllowedCPUs", "ay", []byte{}, ""},
		"IOReadBandwidthMax=":              {"IOReadBandwidthMax", "a(st)", []deviceLimit{}, ""},
		"Delegate=memory pids":             {"DelegateControllers", "as", []string{"memory", "pids"}, ""},
		"Delegate=yes":                     {"Delegate", "b", true, ""},
		"TimeoutStopSec=0":                 {"TimeoutStopUSec", "t", uint64(0), ""},
		"KillSignal=SIGRTMIN+1":            {"KillSignal", "i", int32(35), ""},
		"KillSignal=RTMAX-1":               {"KillSignal", "i", int32(63), ""},
		"KillSignal=34":                    {"KillSignal", "i", int32(34), ""},
		"DeviceAllow=/dev/sda rw":          {"DeviceAllow", "a(ss)", []access{{"/dev/sda", "rw"}}, ""},
		"DeviceAllow=char-pts":             {"DeviceAllow", "a(ss)", []access{{"char-pts", ""}}, ""},
		"IODeviceWeight=/dev/sda 500":      {"IODeviceWeight", "a(st)", []deviceLimit{{"/dev/sda", 500}}, ""},
		"IODeviceLatencyTargetSec=/d 25ms": {"IODeviceLatencyTargetUSec", "a(st)", []deviceLimit{{"/d", 25000}}, ""},
		"RestrictNetworkInterfaces=~lo":    {"RestrictNetworkInterfaces", "(bas)", interfaces{false, []string{"lo"}}, ""},
		"RestrictNetworkInterfaces=a b":    {"RestrictNetworkInterfaces", "(bas)", interfaces{true, []string{"a", "b"}}, ""},
		"SocketBindAllow=ipv4:tcp:80-81":   {"SocketBindAllow", "a(iiqq)", []ports{{2, 6, 2, 80}}, ""},
		"SocketBindDeny=any":               {"SocketBindDeny", "a(iiqq)", []ports{{}}, ""},
		"CPUQuotaPeriodSec=":               {"CPUQuotaPeriodUSec", "t", Infinity, ""},
		`Documentation="man:a b" man:c`:    {"Documentation", "as", []string{"man:a b", "man:c"}, ""},
		"IPAddressAllow=10.0.0.0/8 ::1": {"IPAddressAllow", "a(iayu)", []network{
			{unix.AF_INET, []byte{10, 0, 0, 0}, 8}, {unix.AF_INET6, append(make([]byte, 15), 1), 128},
		}, ""},
		"IPAddressDeny=any":                 {"IPAddressDeny", "a(iayu)", []network{{unix.AF_INET, make([]byte, 4), 0}, {unix.AF_INET6, make([]byte, 16), 0}}, ""},
		"RuntimeMaxSec=1min":                {"RuntimeMaxUSec", "t", uint64(60e6), "timeout"},
		"TasksMax=infinity":                 {"TasksMax", "t", Infinity, "pids"},
		"AllowedCPUs=0-1":                   {"AllowedCPUs", "ay", []byte{3}, "cpuset"},
		"CPUAccounting=yes":                 {"CPUAccounting", "b", true, ""},
		"Delegate=off":                      {"Delegate", "b", false, ""},
		"StartupCPUWeight=20":               {"StartupCPUWeight", "t", uint64(20), ""},
		"CPUQuotaPeriodSec=10ms":            {"CPUQuotaPeriodUSec", "t", uint64(1e4), ""},
		"AllowedMemoryNodes=0":              {"AllowedMemoryNodes", "ay", []byte{1}, "cpuset-mems"},
		"ManagedOOMMemoryPressureLimit=50%": {"ManagedOOMMemoryPressureLimit", "u", uint32(1 << 31), ""},
		"KillSignal=SIGINT":                 {"KillSignal", "i", int32(2), ""},
		"FinalKillSignal=9":                 {"FinalKillSignal", "i", int32(9), ""},
		"TimeoutStopSec=infinity":           {"TimeoutStopUSec", "t", Infinity, ""},
		"TimeoutStopUSec=5s":                {"TimeoutStopUSec", "t", uint64(5e6), ""},
		"After=a.service b.service":         {"After", "as", []string{"a.service", "b.service"}, ""},
		"Description=a=b c":                 {"Description", "s", "a=b c", ""},
	} {
		t.Run(assignment, func(t *testing.T) {
			extra, err := ParseProperty(assignment)
			if err != nil {
				t.Fatal(err)
			}
			got := extra.Property
			if diff := cmp.Diff(want.value, got.Value.Value()); diff != "" || got.Name != want.name ||
				got.Value.Signature().String() != want.signature {
				t.Errorf("%s of type %s, want %s of %s: %s",
					got.Name, got.Value.Signature(), want.name, want.signature, diff)
			}
			switch {
			case (extra.Limit != nil) != (want.limit != ""):
				t.Errorf("limit is %v, want %q", extra.Limit, want.limit)
			case extra.Limit != nil && extra.Limit.Row.Flag != want.limit:
				t.Errorf("limit of --%s, want of --%s", extra.Limit.Row.Flag, want.limit)
			}
		})
	}
}

// Rows B14 B15: the property is named, and the remedy where there is one.
func TestParsePropertyRefuses(t *testing.T) {
	for assignment, want := range map[string][2]string{ // error, hint
		"MemoryMax":                          {"want NAME=VALUE", ""},
		"=5":                                 {"want NAME=VALUE", ""},
		"":                                   {"want NAME=VALUE", ""},
		"MemoryMax=0":                        {`-p MemoryMax="0": zero`, ""},
		"CPUQuota=1.5":                       {`-p CPUQuota="1.5": want a percentage`, ""},
		"CPUWeight=0":                        {`-p CPUWeight="0": want a weight`, ""},
		"Delegate=maybe":                     {`-p Delegate="maybe": want controllers`, ""},
		"KillSignal=SIGNOPE":                 {`-p KillSignal="SIGNOPE": want a signal`, ""},
		"KillSignal=65":                      {"want a signal", ""},
		"KillSignal=0":                       {"want a signal", ""},
		"MemroyMax=1G":                       {"-p MemroyMax: no property", "did you mean MemoryMax?"},
		"Frobnicate=1":                       {"-p Frobnicate: no property", "man systemd.scope"},
		"Nice=5":                             {"-p Nice: systemd takes no Nice for a scope", "use --nice"},
		"NoNewPrivileges=yes":                {"takes no NoNewPrivileges", "--no-new-privs"},
		"RuntimeMaxSec=":                     {"want a time", ""},
		"RuntimeMaxUSec=0":                   {"want more than nothing", ""},
		"MemoryMax=1M 1G":                    {"want a size", ""},
		"MemoryMax=1G\xff":                   {"want UTF-8", ""},
		"CPUQuotaPerSecUSec=1.5":             {"want CPU time a second", ""},
		"KillSignal=SIGRTMIN+31":             {"want a signal", ""},
		"KillSignal=RTMIN1":                  {"want a signal", ""},
		"DeviceAllow=/dev/sda x":             {"want a device and what may be done", ""},
		"IODeviceWeight=/dev/sda":            {"want a device and a weight", ""},
		"IODeviceWeight=/dev/sda 0":          {"want a device and a weight", ""},
		"IOReadBandwidthMax=/":               {"want a disk", ""},
		"IOReadBandwidthMax=/nonexistent 1M": {"looking up the device", ""},
		"IOReadIOPSMax=/:1":                  {"want a disk", ""},
		"IPAddressAllow=10.0.0.256":          {"want addresses", ""},
		"IPAddressAllow=fe80::1%lo":          {"want addresses", ""},
		"SocketBindAllow=tcp:ipv4:1":         {"want [ipv4|ipv6:]", ""},
		"SocketBindAllow=0":                  {"want [ipv4|ipv6:]", ""},
		"Documentation='a":                   {"want every quote closed", ""},
		"JobTimeoutSec=5":                    {"no property of a scope", ""},
		"LimitNOFILE=1":                      {"takes no LimitNOFILE", "--ulimit nofile=N"},
		"ManagedOOMMemoryPressureLimit=101%": {"want a percentage", ""},
		"ManagedOOMMemoryPressureLimit=5":    {"want a percentage", ""},
	} {
		t.Run(assignment, func(t *testing.T) {
			_, err := ParseProperty(assignment)
			if err == nil || !strings.Contains(err.Error(), want[0]) ||
				!strings.Contains(problem.Remedy(err), want[1]) {
				t.Errorf("error %v, hint %q, want %q and %q", err, problem.Remedy(err), want[0], want[1])
			}
		})
	}
}

// No plain property has a row of its own: it would escape the proof.
func TestScopePropertiesAreNoLimits(t *testing.T) {
	for _, setting := range Settings() {
		for _, row := range Rows {
			if setting.Name == row.Property || setting.Name == row.Setting ||
				setting.Bus != "" && setting.Bus == row.Property {
				t.Errorf("%s is a limit of the table", setting.Name)
			}
		}
	}
}

func TestImply(t *testing.T) {
	if swap := Swap.Imply("0"); !swap.Implied || swap.Number() != 0 {
		t.Errorf("swap is %+v, want it implied as 0", swap)
	}
	defer func() {
		if recover() == nil {
			t.Error("a wrong value of slimrun's own does not show")
		}
	}()
	Swap.Imply("nonsense")
}

func TestSignalNumber(t *testing.T) {
	for name, want := range map[string]int{"SIGTERM": 15, "TERM": 15, "sigkill": 9, "int": 2, "SIGNOPE": 0, "": 0} {
		if got := signalNumber(name); got != want {
			t.Errorf("signalNumber(%q) = %d, want %d", name, got, want)
		}
	}
}

// A percentage is what systemd makes of it, over there and over here.
func TestShares(t *testing.T) {
	for text, want := range map[string]uint64{
		"50%": 5000, "33.3%": 3330, "0.01%": 1, "100%": 10000, "5‰": 50, "7‱": 7,
	} {
		if got, ok := share(text); got != want || !ok {
			t.Errorf("%s is %d, %v, want %d", text, got, ok, want)
		}
	}
	most, err := mostTasksHere()
	if err != nil {
		t.Fatal(err)
	}
	extra, err := ParseProperty("TasksMax=50%")
	if err != nil || extra.Limit.Number() != most*scaled(5000)/(1<<32-1) || extra.Limit.Number() > most/2+1 {
		t.Errorf("TasksMax=50%% of %d is %+v, %v", most, extra.Limit, err)
	}
	for _, text := range []string{"101%", "%", "-1%", "1.001%%", "5"} {
		if n, ok := share(text); ok {
			t.Errorf("%s is %d", text, n)
		}
	}
}

// Rates of -p count by 1000, those of flags by 1024, and both go to one disk.
func TestRates(t *testing.T) {
	disk := anyDisk(t)
	flag, err1 := IOReadBps.Ask(disk + ":10K")
	extra, err2 := ParseProperty("IOReadBandwidthMax=" + disk + " 10K")
	operations, err3 := ParseProperty("IOReadIOPSMax=" + disk + " 1K")
	none, err4 := ParseProperty("IOWriteBandwidthMax=" + disk + " infinity")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	rate := func(asked Asked) uint64 { return asked.value.([]deviceLimit)[0].Rate }
	if rate(flag) != 10240 || rate(*extra.Limit) != 10000 || rate(*operations.Limit) != 1000 ||
		rate(*none.Limit) != Infinity {
		t.Errorf("%d %d %d %d, want 10240 10000 1000 and no limit",
			rate(flag), rate(*extra.Limit), rate(*operations.Limit), rate(*none.Limit))
	}
	asked := map[*Row]Asked{IOReadBps: flag}
	if err := Join(asked, *extra.Limit); err != nil || rate(asked[IOReadBps]) != 10000 ||
		len(asked[IOReadBps].value.([]deviceLimit)) != 1 {
		t.Errorf("both: %+v, %v", asked[IOReadBps], err)
	}
	if lines := asked[IOReadBps].Assignments(); len(lines) != 1 || !strings.HasSuffix(lines[0], " 10000") {
		t.Errorf("systemd-run is told %q", lines)
	}
}

func TestJoin(t *testing.T) {
	one, two := Memory.Imply("1M"), Memory.Imply("2M")
	two.As = "-p MemoryMax"
	asked := map[*Row]Asked{Memory: one}
	if err := Join(asked, two); err == nil ||
		err.Error() != "-p MemoryMax=2M: --memory 1M is given too: drop one of the two" {
		t.Error(err)
	}
	asked = map[*Row]Asked{Memory: two}
	if err := Join(asked, two); err != nil {
		t.Error(err)
	}
}
