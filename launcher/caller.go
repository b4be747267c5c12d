package launcher

import (
	"os"
)

// confineToCaller: a run gets no more than slimrun itself has, and is in its slice.
func (r *run) confineToCaller() (err error) {
	if err := r.findCaller(); err != nil {
		return err
	}
	limits, tightened, err := r.caller.Clip(r.spec.Limits)
	if err != nil {
		return err
	}
	r.spec.Limits = limits
	for _, bound := range tightened {
		r.tell.Warn(bound.Tightened())
	}
	if r.spec.Slice == "" {
		r.spec.Slice = r.manager.Slice(r.caller)
	}
	if r.spec.Nest {
		r.spec = r.spec.Nested()
	}
	return nil
}

// findCaller finds where slimrun is, and the run's bounds with it: where a run is
// detached this process is on its way to another cgroup.
func (r *run) findCaller() (err error) {
	switch {
	case r.again:
	case r.spec.Detach:
		r.caller, err = r.manager.CallerOf(os.Getppid())
	default:
		r.caller, err = r.manager.Caller()
	}
	return err
}
