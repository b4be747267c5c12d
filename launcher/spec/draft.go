package spec

import (
	"errors"
	"slices"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/limit"
)

// Draft is a spec in the making: flags put their values into it, and Finish
// looks at what concerns several of them.
type Draft struct {
	spec Spec

	limits      map[*limit.Row]string // as they were asked for
	names       map[*limit.Row]string // and by which of their names
	properties  []string
	manager     string
	system      bool
	user        bool
	sliceLimits []string
	share       []string // names, as they were asked for
	unshare     []string
	env         []string
	tmpfs       []nsinit.Mount
	capDrop     uint64
	capAdd      uint64
	noNewPrivs  *bool

	typedQuiet, typedBestEffort bool
}

// New begins a spec of which nothing is asked yet.
func New() *Draft { return &Draft{limits: map[*limit.Row]string{}, names: map[*limit.Row]string{}} }

// Flags are the flags of a run, a row each. Their values go into the draft.
func (d *Draft) Flags() grammar.Flags {
	return slices.Concat(
		d.limitFlags(),
		d.processFlags(),
		d.scopeFlags(),
		d.retryFlags(),
		d.pressureFlags(),
		d.insideFlags(),
		d.fileFlags(),
		d.identityFlags(),
		d.securityFlags(),
		d.detachedFlags(),
		d.outputFlags(),
	)
}

// Finish makes the spec of a run of this command. The error joins every problem
// that a single flag's value could not tell; the spec is then what could be read.
func (d *Draft) Finish(argv []string) (Spec, error) {
	d.spec.Argv = argv
	d.spec.TellMissing = !d.typedQuiet || !d.typedBestEffort
	var problems []error
	for _, finish := range []func() error{
		d.finishAuto, // before the limits are read
		d.finishLimits, d.finishManager, d.finishSlice, d.finishNamespaces, d.finishHostname,
		d.finishIdentity, d.finishFiles, d.finishGuard, d.finishEnvironment, d.finishDescriptors, d.finishDetached,
		d.finishRetry, d.finishPressure, d.finishStep,
	} {
		problems = append(problems, finish())
	}
	return d.spec, errors.Join(problems...)
}
