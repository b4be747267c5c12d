package runs

import (
	"context"
	"errors"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Update changes limits of the run, and proves them. What is more than slimrun's own
// caller has is less then: tightened names that. Force takes a limit on memory below
// what is in use, for which the kernel may have to kill.
func (r Run) Update(ctx context.Context, limits []limit.Asked, force bool) (tightened []unit.Bound, err error) {
	// A launch proves its own limits first; of what is hidden that cannot be seen.
	if _, err := r.Inhabited(ctx); err != nil && !errors.Is(err, cgroup.ErrHidden) {
		return nil, r.named(err)
	}
	sight := r.Look()
	if sight.Cgroup.Path == "" {
		return nil, r.named(r.unseen())
	}
	caller, err := r.Manager.Caller()
	if err != nil {
		return nil, err
	}
	limits, tightened, err = caller.Clip(limits)
	if err != nil {
		return nil, err
	}
	if limits, err = r.withoutSwap(ctx, limits); err != nil {
		return nil, r.ending(err)
	}
	if err := inUse(sight.Now, limits); err != nil && !force {
		return nil, r.named(err)
	}
	return tightened, r.ending(r.Manager.Update(ctx, r.Unit(), r.Dir, limits))
}

// unseen is why nothing is seen of a run.
func (r Run) unseen() error {
	if _, err := r.Processes(); err != nil {
		return err
	}
	return errors.New("its cgroup cannot be seen from here")
}

// ending puts the end of the run before what that made go wrong.
func (r Run) ending(err error) error {
	if err == nil {
		return nil
	}
	if _, ended := r.Processes(); unit.IsGone(err) || errors.Is(ended, ErrEnded) {
		err = ErrEnded
	}
	return r.named(err)
}

// withoutSwap: memory alone means memory, in a run that had no limit on it before
// as in one that is started. One that has a limit keeps its swap.
func (r Run) withoutSwap(ctx context.Context, limits []limit.Asked) ([]limit.Asked, error) {
	asks := map[*limit.Row]bool{}
	for _, asked := range limits {
		asks[asked.Row] = true
	}
	if !asks[limit.Memory] || asks[limit.Swap] {
		return limits, nil
	}
	for _, row := range []*limit.Row{limit.Memory, limit.Swap} {
		unset, err := r.Manager.IsUnset(ctx, r.Unit(), row)
		if err != nil || !unset {
			return limits, err
		}
	}
	return append(limits, limit.Swap.Imply("0")), nil
}

// inUse refuses a limit on memory that is exceeded already.
func inUse(now cgroup.Now, limits []limit.Asked) error {
	for _, asked := range limits {
		if asked.Row == limit.Memory && now.Memory != nil && asked.Number() < *now.Memory {
			return problem.Errorf("ask for more, or --force: the kernel takes back what it can, and kills for the rest",
				"%s is %d bytes, and %d (%s) are in use",
				asked, asked.Number(), *now.Memory, limit.FormatSize(*now.Memory))
		}
	}
	return nil
}
