package slurm

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/slimrun/slimrun/unit/limit"
)

// option is how Slurm is asked for a limit, and what a site must have set in
// cgroup.conf for the kernel to hold it.
type option struct {
	ask  func(limit.Asked) (string, error)
	site string
}

// options is the table: srun, sbatch and salloc have no other limits.
var options = map[*limit.Row]option{
	limit.Memory: {memory, "ConstrainRAMSpace=yes"},
	limit.CPUs:   {cpus, "ConstrainCores=yes"},
}

// Option is the option of srun by which a limit is asked for: "--mem=100M". Errors:
// Slurm has none for it, or not for that value.
func Option(asked limit.Asked) (string, error) {
	o, ok := options[asked.Row]
	if !ok {
		return "", errors.New("srun has no option for it")
	}
	return o.ask(asked)
}

// Site is the line of cgroup.conf without which a limit is not enforced, "" for none.
func Site(row *limit.Row) string {
	if row == limit.Swap {
		return "ConstrainSwapSpace=yes"
	}
	return options[row].site
}

// memory: Slurm counts in MiB, and takes 0 for the whole node.
func memory(asked limit.Asked) (string, error) {
	n := asked.Number()
	switch {
	case n == limit.Infinity:
		return "", errors.New("srun gives no memory without limit")
	case n%(1<<20) != 0:
		return "", fmt.Errorf("srun counts memory in MiB: %dM or %dM", n>>20, n>>20+1)
	}
	return fmt.Sprintf("--mem=%dM", n>>20), nil
}

// cpus: Slurm gives whole ones.
func cpus(asked limit.Asked) (string, error) {
	n := asked.Number()
	if n == limit.Infinity || n%1e6 != 0 {
		return "", errors.New("srun gives whole CPUs")
	}
	return "--cpus-per-task=" + strconv.FormatUint(n/1e6, 10), nil
}
