package launcher

import (
	"context"
	"slices"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// makeSlices finds the slices that are to be made with the scope, and sets the budget
// of one that is there already, before the run is in it.
func (r *run) makeSlices(ctx context.Context) error {
	switch {
	case r.spec.Nest:
		r.slices = unit.NewSlices(r.spec.Slice)
		r.slices[len(r.slices)-1].Properties = properties(r.spec.SliceLimits)
		return nil
	case r.spec.Slice == "":
		return nil
	}
	if len(r.spec.SliceLimits) > 0 {
		r.manager.HoldSlices(ctx)
	}
	return r.findSlices(ctx)
}

func (r *run) findSlices(ctx context.Context) (err error) {
	r.slices, err = r.manager.SlicesTo(ctx, r.spec.Slice, r.spec.SliceLimits)
	if err != nil || r.slices != nil {
		return err
	}
	return r.manager.LimitSlice(ctx, r.spec.Slice, r.spec.SliceLimits)
}

func properties(limits []limit.Asked) (list []limit.Property) {
	for _, asked := range limits {
		list = append(list, asked.Property())
	}
	return list
}

// proveSlice holds the budget against the kernel, once the run's cgroup and so the slice's
// is there. The slice may have gone with the last that was in it, just before the scope
// came, which systemd starts it for anew: then it has to be given its budget again.
func (r *run) proveSlice(ctx context.Context) []unit.Proof {
	if len(r.spec.SliceLimits) == 0 {
		return nil
	}
	r.verdict.Slice = r.spec.Slice
	proofs := r.manager.ProveSlice(ctx, r.spec.Slice, r.cgroup, r.spec.SliceLimits)
	missing := func(p unit.Proof) bool { return p.Err != nil }
	if slices.ContainsFunc(proofs, missing) && r.manager.LimitSlice(ctx, r.spec.Slice, r.spec.SliceLimits) == nil {
		proofs = r.manager.ProveSlice(ctx, r.spec.Slice, r.cgroup, r.spec.SliceLimits)
	}
	r.verdict.SliceProofs = proofs
	return proofs
}
