package doctor

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// probe runs `true` under a memory limit, which proves it or fails; where it
// fails, once more with the limit alone, to tell what is to blame.
func probe(run Runner) (checks []unit.Check, works bool) {
	whole := probeRun("a run", spec.New(), run)
	if whole.State == unit.Works {
		return []unit.Check{whole}, true
	}
	shared := spec.New()
	shared.ShareAll()
	limits := probeRun("limits alone", shared, run)
	if limits.State == unit.Works {
		limits.Remedy = "until the rest works: --share all"
	}
	return []unit.Check{limits, whole}, false
}

// probeRun runs `true`, in what the draft says, under --memory 64M.
func probeRun(name string, draft *spec.Draft, run Runner) unit.Check {
	draft.Ask(limit.Memory, "64M")
	asked, err := draft.Finish([]string{"true"})
	asked.Workdir, asked.Summary = "/", true
	if err != nil {
		return unit.Failed(name, unit.Broken, err)
	}
	started := time.Now()
	v := run(asked)
	took := time.Since(started).Round(time.Millisecond)
	var unusable verdict.Unusable
	switch {
	case errors.As(v.Err, &unusable) && errors.Is(v.Err, syscall.ENOENT):
		// No `true` here: the limit was proven all the same.
	case v.Err != nil:
		return unit.Failed(name, unit.Broken, v.Err)
	case v.Status != 0:
		return unit.Check{Name: name, State: unit.Broken, Found: fmt.Sprintf("`true` ended with status %d", v.Status)}
	}
	return unit.Check{Name: name, State: unit.Works, Found: proven(v, took)}
}

func proven(v verdict.Verdict, took time.Duration) string {
	said := ""
	for _, proof := range v.Proofs {
		if proof.Asked.Row == limit.Memory {
			said = proof.Kernel
		}
	}
	return fmt.Sprintf("the %s manager ran `true` with --memory 64M in %v; the kernel said %s", v.Manager, took, said)
}
