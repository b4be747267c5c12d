package slurm

import (
	"testing"

	"github.com/slimrun/slimrun/unit/limit"
)

// What Slurm cannot hold exactly has no option.
func TestOption(t *testing.T) {
	for _, c := range []struct {
		asked limit.Asked
		want  string // "" for none
	}{
		{limit.Memory.Imply("100M"), "--mem=100M"},
		{limit.Memory.Imply("1.5G"), "--mem=1536M"},
		{limit.Memory.Imply("100000K"), ""},
		{limit.Memory.Imply("infinity"), ""},
		{limit.CPUs.Imply("2"), "--cpus-per-task=2"},
		{limit.CPUs.Imply("1.5"), ""},
		{limit.CPUs.Imply("infinity"), ""},
		{limit.Swap.Imply("0"), ""},
		{limit.Pids.Imply("10"), ""},
		{limit.CPUSet.Imply("0"), ""},
	} {
		if got, err := Option(c.asked); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.asked, got, err, c.want)
		}
	}
}
