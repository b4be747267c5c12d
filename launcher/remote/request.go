package remote

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// Request is what Slurm is asked for: a column of options of srun and sbatch. Errors: every
// limit that Slurm cannot hold, by its name.
func Request(asked spec.Spec) ([]string, error) {
	options := []string{"--nodes=1", "--ntasks=1", "--job-name=" + jobName(asked)}
	var problems []error
	for _, one := range asked.Limits {
		option, err := ask(one)
		switch {
		case err != nil:
			problems = append(problems, err)
		case option != "":
			options = append(options, option)
		}
	}
	return options, errors.Join(problems...)
}

// DryRun shows what Slurm would be asked for. It is the exit status.
func DryRun(asked spec.Spec, out console.Console) int {
	options, err := Request(asked)
	if err != nil {
		return out.Failed(err)
	}
	return out.Script(console.QuoteAll(slices.Concat([]string{"srun"}, options, []string{"slimrun", word})) + "\n")
}

// ask is the option for one limit; "" where there is nothing to be asked for: the slimrun
// on the node sees to it.
func ask(one limit.Asked) (string, error) {
	none := one.Number() == 0 || one.Number() == limit.Infinity
	switch {
	case one.Row == limit.Timeout:
		return minutes(one), nil
	case one.Row == limit.Swap && none, one.Row == limit.OOM && one.Text == "continue":
		return "", nil
	case strings.HasSuffix(one.Text, "%"):
		return "", problem.Errorf("say how much it is",
			"%s: of which machine's memory nobody knows before Slurm has chosen it", one)
	}
	option, err := slurm.Option(one)
	if err != nil {
		return "", problem.Errorf("drop it, or run it here", "%s cannot be asked of Slurm: %w", one, err)
	}
	return option, nil
}

// minutes is the job's time: the run's own, that slimrun keeps on the node, and a minute
// for it to say so.
func minutes(timeout limit.Asked) string {
	usec := timeout.Number()
	if usec > uint64(math.MaxInt32)*60e6 {
		return ""
	}
	whole := (usec + uint64(time.Minute/time.Microsecond) - 1) / uint64(time.Minute/time.Microsecond)
	return fmt.Sprintf("--time=%d", whole+1)
}

// jobName is the run's, or the command's.
func jobName(asked spec.Spec) string {
	if asked.Name != "" {
		return strings.TrimSuffix(asked.Name, ".scope")
	}
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c >= 0x7f {
			return '_'
		}
		return c
	}, filepath.Base(asked.Argv[0]))
}
