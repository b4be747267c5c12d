package launcher

import (
	"github.com/slimrun/slimrun/nsinit"
)

// config is all that the init is to do.
func (r *run) config() *nsinit.Config {
	return &nsinit.Config{
		Hostname: r.spec.Hostname, Private: !r.spec.Share.Mount, Proc: !r.spec.Share.Mount && !r.spec.Share.PID,
		NoInit: r.spec.NoInit && !r.spec.Share.PID, Dir: r.spec.InsideDir(),
		Argv: r.spec.Argv, Env: r.spec.PayloadEnv(), PassFDs: r.spec.PassFDs,
		Trace: r.trace != nil, Restore: r.terminal.Interactive,
		Terminal: r.pty.Inside(),
		OwnUser:  r.spec.OwnUserNamespace(), UID: r.spec.InsideUID(),
		Identity: r.spec.InsideIdentity(), Unshare: r.spec.Unshare.Inside(), Files: r.spec.Files,
		Attributes: r.spec.Attributes, Guard: r.spec.Guard,
	}
}
