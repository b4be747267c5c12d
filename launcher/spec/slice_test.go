package spec

import (
	"strings"
	"testing"
)

func TestReadSliceLimits(t *testing.T) {
	limits, err := readSliceLimits("build.slice", []string{"pids=10", "memory=1G", "memory=2G"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, limit := range limits {
		got = append(got, limit.Assignment())
	}
	if want := "MemoryMax=2147483648 MemorySwapMax=0 TasksMax=10"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	limits, err = readSliceLimits("build.slice", []string{"memory=1G", "swap=infinity"})
	if err != nil || len(limits) != 2 || limits[1].Assignment() != "MemorySwapMax=infinity" {
		t.Errorf("swap that is asked for: %v, %v", limits, err)
	}
	if limits, err := readSliceLimits("", nil); limits != nil || err != nil {
		t.Errorf("nothing asked for: %v, %v", limits, err)
	}
}

// A budget on a slice of systemd's own would be one on the machine.
func TestSliceLimitsRefused(t *testing.T) {
	for _, test := range []struct{ slice, limit, want string }{
		{"", "memory=1G", "no slice is named"},
		{"system.slice", "memory=1G", "systemd's own"},
		{"user-1000.slice", "memory=1G", "systemd's own"},
		{"app.slice", "memory=1G", "systemd's own"},
		{"build.slice", "memory", "want FLAG=VALUE"},
		{"build.slice", "memory=", "want a size"},
		{"build.slice", "memory=0", "zero"},
		{"build.slice", "memroy=1G", `no limit is called "memroy"`},
		{"build.slice", "timeout=1s", "a slice has no RuntimeMaxUSec"},
		{"build.slice", "oom=kill", "a slice has no OOMPolicy"},
	} {
		_, err := readSliceLimits(test.slice, []string{test.limit})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("--slice %q --slice-limit %q: error %v, want %q", test.slice, test.limit, err, test.want)
		}
	}
}
