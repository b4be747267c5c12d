package nsinit

import (
	"errors"
	"syscall"

	"github.com/slimrun/slimrun/nsinit/files"
	"github.com/slimrun/slimrun/nsinit/inside"
)

// Failure is a step inside that went wrong.
type Failure = inside.Failure

// Files is the file system that the payload sees.
type Files = files.Files

// Mount is one of its mounts.
type Mount = files.Mount

// Setting is a number that may be left as it is.
type Setting = inside.Setting

// Steps that the launcher explains; StepFind and StepExec say that the payload
// itself cannot be run.
const (
	StepFind         = inside.StepFind
	StepExec         = inside.StepExec
	StepProc         = inside.StepProc
	StepBorn         = inside.StepBorn
	StepLeave        = inside.StepLeave
	StepConnect      = inside.StepConnect
	StepJoin         = inside.StepJoin
	StepRlimit       = inside.StepRlimit
	StepNice         = inside.StepNice
	StepGroups       = inside.StepGroups
	StepOOMScore     = "setting oom_score_adj"
	StepCapabilities = inside.StepCapabilities
	StepSource       = files.StepSource
	StepRoot         = files.StepRoot
	StepTarget       = files.StepTarget
	StepOverlay      = files.StepOverlay
	StepPivot        = files.StepPivot
)

// fail makes a Failure of an error, whose errno it keeps.
func fail(step, object string, err error) *Failure {
	return &Failure{Step: step, Object: object, Errno: errnoOf(err)}
}

func errnoOf(err error) (errno syscall.Errno) {
	if !errors.As(err, &errno) {
		return syscall.EIO
	}
	return errno
}
