package limit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/problem"
)

func TestParseProperty(t *testing.T) {
	for assignment, want := range map[string]struct {
		name, signature string
		value           any
		limit           string // flag of the row; "" for a plain property
	}{
		"MemoryMax=100M":                    {"MemoryMax", "t", uint64(104857600), "memory"},
		"CPUQuota=150%":                     {"CPUQuotaPerSecUSec", "t", uint64(15e5), "cpus"},
		"CPUQuotaPerSecUSec=1.5":            {"CPUQuotaPerSecUSec", "t", uint64(15e5), "cpus"},
		"RuntimeMaxSec=1min":                {"RuntimeMaxUSec", "t", uint64(60e6), "timeout"},
		"TasksMax=infinity":                 {"TasksMax", "t", Infinity, "pids"},
		"AllowedCPUs=0-1":                   {"AllowedCPUs", "ay", []byte{3}, "cpuset"},
		"CPUAccounting=yes":                 {"CPUAccounting", "b", true, ""},
		"Delegate=off":                      {"Delegate", "b", false, ""},
		"StartupCPUWeight=20":               {"StartupCPUWeight", "t", uint64(20), ""},
		"CPUQuotaPeriodSec=10ms":            {"CPUQuotaPeriodUSec", "t", uint64(1e4), ""},
		"AllowedMemoryNodes=0":              {"AllowedMemoryNodes", "ay", []byte{1}, ""},
		"ManagedOOMMemoryPressureLimit=50%": {"ManagedOOMMemoryPressureLimit", "u", uint32(1<<31 - 1), ""},
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
			if diff := cmp.Diff(want.value, got.Value.Value()); diff != "" || got.Name != want.name || got.Value.Signature().String() != want.signature {
				t.Errorf("%s of type %s, want %s of %s: %s", got.Name, got.Value.Signature(), want.name, want.signature, diff)
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
		"Delegate=maybe":                     {`-p Delegate="maybe": want yes or no`, ""},
		"KillSignal=SIGNOPE":                 {`-p KillSignal="SIGNOPE": want a signal`, ""},
		"KillSignal=65":                      {"want a signal", ""},
		"KillSignal=0":                       {"want a signal", ""},
		"MemroyMax=1G":                       {"-p MemroyMax: no property", "did you mean MemoryMax?"},
		"Frobnicate=1":                       {"-p Frobnicate: no property", "man systemd.scope"},
		"Nice=5":                             {"-p Nice: systemd takes no Nice for a scope", "use --nice"},
		"NoNewPrivileges=yes":                {"takes no NoNewPrivileges", "--no-new-privs"},
		"LimitNOFILE=1":                      {"takes no LimitNOFILE", "--ulimit nofile=N"},
		"ManagedOOMMemoryPressureLimit=101%": {"want a percentage", ""},
		"ManagedOOMMemoryPressureLimit=5":    {"want a percentage", ""},
	} {
		t.Run(assignment, func(t *testing.T) {
			_, err := ParseProperty(assignment)
			if err == nil || !strings.Contains(err.Error(), want[0]) || !strings.Contains(problem.Remedy(err), want[1]) {
				t.Errorf("error %v, hint %q, want %q and %q", err, problem.Remedy(err), want[0], want[1])
			}
		})
	}
}

// No plain property has a row of its own: it would escape the proof.
func TestScopePropertiesAreNoLimits(t *testing.T) {
	for name, known := range scopeProperties() {
		for _, row := range Rows {
			if name == row.Property || name == row.Setting || known.bus != "" && known.bus == row.Property {
				t.Errorf("%s is a limit of the table", name)
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
