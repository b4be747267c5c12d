package spec

import (
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// Spec is what was asked of a run: every value is valid.
type Spec struct {
	Argv []string
	Env  []string // the payload's, but for what --tell adds

	// For systemd.
	Limits      []limit.Asked // in the table's order, with what they imply
	Extras      []limit.Extra
	Kind        unit.Kind
	Name        string // with .scope; "" generates one
	Slice       string
	SliceLimits []limit.Asked
	Nest        bool // the limits on a slice of the run's own too
	Description string
	BestEffort  bool
	Retry       Retry
	OnPressure  []Pressure

	// For the payload's surroundings and its process.
	Hostname   string
	Workdir    string
	PassFDs    []int // those asked for, and those that the command names
	Tell       bool  // runtimes, by variables, of the limits
	NoInit     bool
	PrivateTTY bool
	Share      Share
	Unshare    Unshare
	Identity   Identity
	Files      nsinit.Files
	Attributes nsinit.Attributes
	Guard      nsinit.Guard

	// On is an engine that has the machine for it: slurm; "" for this machine.
	On string

	// For who does not wait for it.
	Kept   bool // its report, by who launches it
	Detach bool
	Remove bool   // what is kept of it, when it has ended
	Stdin  string // "" for none

	// For whoever asked.
	Report  string
	Summary bool
	Record  bool
	Plot    string // file for a picture, "" for none
	DryRun  bool
	Quiet   bool
	// TellMissing: a limit that --best-effort lets be missing is told in spite of
	// Quiet, because not both of them were typed for this run.
	TellMissing bool
	Verbose     bool
}

// WantsUsage says whether the run's figures will be shown.
func (s Spec) WantsUsage() bool { return s.WantsEvery() || s.WantsSamples() }

// WantsReport says whether its report will be written.
func (s Spec) WantsReport() bool { return s.Report != "" || s.Record || s.Detach || s.Kept }

// WantsEvery says whether every controller is to count for them.
func (s Spec) WantsEvery() bool { return s.Report != "" || s.Summary || s.Detach || s.Kept }

// WantsSamples says whether the run is looked at while it goes on.
func (s Spec) WantsSamples() bool { return s.Record || s.Plot != "" }
