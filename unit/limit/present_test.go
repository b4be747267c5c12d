package limit

import (
	"strings"
	"testing"
)

// S7: CPUs that the machine has not are a mistake, whatever else is asked for with them.
func TestPresent(t *testing.T) {
	for _, test := range []struct{ flag, online, text, want string }{
		{"cpuset", "0-1", "0-777", "--cpuset 0-777: of CPUs this machine has 0-1 alone"},
		{"cpuset", "0-1", "777", "--cpuset 777: of CPUs this machine has 0-1 alone"},
		{"cpuset", "0-3,8-11", "7-8", "--cpuset 7-8: of CPUs this machine has 0-3,8-11 alone"},
		{"cpuset-mems", "0", "0-1", "--cpuset-mems 0-1: of memory nodes this machine has 0 alone"},
		{"cpuset", "0-1", "0-1", ""},
		{"cpuset", "0-11", "3", ""},
		{"cpuset", "", "777", ""},
	} {
		row, _ := Find(test.flag)
		asked, err := row.Ask(test.text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := row.kind.(cpuSet).present(asked, test.online); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s %s of %s: %q, want %q", test.flag, test.text, test.online, got, test.want)
		}
	}
	if err := Memory.Imply("1G").Present(); err != nil {
		t.Errorf("memory: %v", err)
	}
	if asked, _ := CPUSet.Ask("8191"); asked.Present() == nil || !strings.HasSuffix(asked.Present().Error(), "alone") {
		t.Errorf("the CPU 8191 is said to be there: %v", asked.Present())
	}
}
