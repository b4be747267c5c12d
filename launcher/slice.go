package launcher

import (
	"context"

	"github.com/slimrun/slimrun/unit"
)

// limitSlice sets the budget before the run is in it.
func (r *run) limitSlice(ctx context.Context) error {
	if len(r.spec.SliceLimits) == 0 || r.spec.Nest {
		return nil
	}
	return r.manager.LimitSlice(ctx, r.spec.Slice, r.spec.SliceLimits)
}

// nest is the slice of the run's own, nil where it has none.
func (r *run) nest() *unit.Nest {
	if !r.spec.Nest {
		return nil
	}
	nest := &unit.Nest{Name: r.spec.Slice}
	for _, asked := range r.spec.SliceLimits {
		nest.Properties = append(nest.Properties, asked.Property())
	}
	return nest
}

// proveSlice holds the budget against the kernel, once the run's cgroup and
// so the slice's is there.
func (r *run) proveSlice(ctx context.Context) []unit.Proof {
	if len(r.spec.SliceLimits) == 0 {
		return nil
	}
	r.verdict.Slice = r.spec.Slice
	r.verdict.SliceProofs = r.manager.ProveSlice(ctx, r.spec.Slice, r.cgroup, r.spec.SliceLimits)
	return r.verdict.SliceProofs
}
