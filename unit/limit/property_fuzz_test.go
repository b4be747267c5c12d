package limit

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Rows B14 B15: a property is an error, or something that goes over the bus; and what is
// a limit is one again when it is written as unit files have it.
func FuzzProperty(f *testing.F) {
	for _, seed := range []string{
		"MemoryMax=1G 500M", "MemoryMax=", "MemoryHigh=50%", "CPUQuota=150%", "CPUQuotaPerSecUSec=1.5s", "RuntimeMaxSec=1M",
		"RuntimeMaxUSec=2000000", "AllowedCPUs=0-1, 3", "TasksMax=33.3%", "TasksMax=infinity", "CPUWeight=idle", "IOWeight=10",
		"Delegate=memory pids", "KillSignal=SIGRTMIN+1", "DeviceAllow=/dev/sda rw", "IODeviceWeight=/dev/sda 500",
		"RestrictNetworkInterfaces=~lo", "SocketBindAllow=ipv4:tcp:80-81", "IPAddressAllow=10.0.0.0/8 ::1",
		`Documentation="man:a b" man:c`, "OOMPolicy=kill", "MemoryMin=0", "CPUQuotaPeriodSec=", "ManagedOOMMemoryPressureLimit=50‱",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, assignment string) {
		extra, err := ParseProperty(assignment)
		if err != nil {
			return
		}
		goesOver(t, extra.Property)
		if extra.Limit == nil {
			return
		}
		if got := extra.Limit.Number(); got == Infinity && !strings.Contains(assignment, "infinity") {
			t.Fatalf("%q is no limit", assignment)
		}
		for _, line := range extra.Limit.Assignments() {
			again, err := ParseProperty(line)
			if err != nil || again.Limit == nil || !again.Limit.IsValue(extra.Limit.value) {
				t.Fatalf("%q is written as %q, which is %+v, %v", assignment, line, again.Limit, err)
			}
		}
	})
}

func goesOver(t *testing.T, property Property) {
	t.Helper()
	call := dbus.Message{
		Type: dbus.TypeMethodCall, Body: []any{property.Name, property.Value},
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/a")), dbus.FieldMember: dbus.MakeVariant("Set"),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(property.Name, property.Value)),
		},
	}
	var out bytes.Buffer
	if err := call.EncodeTo(&out, binary.LittleEndian); err != nil {
		t.Fatalf("%+v: %v", property, err)
	}
}
