package unit

import (
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// Confine tightens limits to those of the scope that the caller runs in:
// systemd puts a scope beside its caller's, not below, so that without this a
// run inside a run would get more than the run it is in. Tightened names the
// limits that were changed.
func Confine(limits []limit.Asked) (confined []limit.Asked, tightened []limit.Asked) {
	scope, ok := cgroup.CallerScope()
	if !ok {
		return limits, nil
	}
	return limit.Clip(limits, scope)
}
