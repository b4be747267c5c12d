package spec

import (
	"strings"
	"testing"
)

func TestSliceLimits(t *testing.T) {
	for want, given := range map[string][]string{
		"MemoryMax=2147483648 MemorySwapMax=0 TasksMax=10": {"slice=build", "slice-limit=pids=10", "slice-limit=memory=1G", "slice-limit=memory=2G"},
		"MemoryMax=1073741824 MemorySwapMax=infinity":      {"slice=build", "slice-limit=memory=1G", "slice-limit=swap=infinity"},
		"": {"slice=build"},
	} {
		spec, err := read(given...)
		var got []string
		for _, asked := range spec.SliceLimits {
			got = append(got, strings.Join(asked.Assignments(), " "))
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", given, got, err, want)
		}
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
		_, err := read("slice="+test.slice, "slice-limit="+test.limit)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("--slice %q --slice-limit %q: error %v, want %q", test.slice, test.limit, err, test.want)
		}
	}
}
