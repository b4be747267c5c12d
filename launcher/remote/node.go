package remote

import (
	"fmt"
	"os"

	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/conclude"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/launcher/version"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

// word is what srun is given beside slimrun itself: no word of --help.
const word = "slurm-step"

// Node is the slimrun in the step, which runs what another asked for.
type Node struct {
	console.Console
	Args   []string // the line that was typed
	secret secret
	name   string         // of a batch job's record
	record *record.Record // likewise
	err    error          // why nothing can be run here
}

// Arrived is the slimrun of a step, if this process is one. It has the environment and the
// directory of the one that was typed.
func Arrived(args []string, out console.Console) (*Node, bool) {
	if len(args) != 2 || args[1] != word {
		return nil, false
	}
	n := &Node{Console: out}
	step, ok := unit.StepHere()
	if !ok {
		n.err = fmt.Errorf("%s: no step of Slurm's holds this process: it is for slimrun's own use", word)
		return n, true
	}
	p, err := unpack(os.LookupEnv)
	if err == nil {
		err = erase()
	}
	n.secret = p.Secret
	if n.name = p.Record; n.name == "" {
		fmt.Fprint(os.Stderr, hello{step.Job, step.Name}.line())
	}
	if n.err = err; err == nil {
		n.err = n.unfold(p)
	}
	return n, true
}

// unfold holds this place against what was asked for.
func (n *Node) unfold(p parcel) error {
	tasks := os.Getenv("SLURM_STEP_NUM_TASKS")
	host, _ := os.Hostname()
	switch {
	case p.Version != version.String():
		return problem.Errorf("install the same there",
			"node %s has another slimrun, %s, not %s", host, version.String(), p.Version)
	case tasks != "1" && n.name == "":
		return problem.Errorf("unset SLURM_NTASKS and its like", "the step has %q tasks, want 1", tasks)
	}
	n.Args = p.Args
	err := p.unfold()
	if n.name != "" {
		if err := n.keep(); err != nil {
			return err
		}
	}
	if err != nil {
		return problem.Errorf("take one that all machines have",
			"node %s cannot be where slimrun was typed: %w", host, err)
	}
	return nil
}

// Attend runs what was asked for, and says what came of it. It is the exit status: 0 where
// that was said, so that srun has nothing to add.
func (n *Node) Attend() int {
	if n.name != "" {
		return n.attendBatch()
	}
	asked, err := n.read()
	v := n.launch(asked, err)
	status := conclude.Files{}.Conclude(n.Console, asked, v)
	report, err := verdict.ReportLine(v)
	if err == nil {
		_, err = os.Stderr.WriteString(end{status, report}.line(n.secret))
	}
	if err != nil {
		n.Error(fmt.Errorf("telling what came of the run: %w", err))
		return verdict.StatusFailed
	}
	return 0
}

// read reads the line that was typed.
func (n *Node) read() (asked spec.Spec, err error) {
	if n.err != nil {
		return asked, n.err
	}
	asked, _, err = cmdline.Reader{Out: n.Out}.Run(n.Args)
	n.Quiet, n.Verbose, n.Missing = asked.Quiet, asked.Verbose, asked.TellMissing
	return asked, err
}

// launch runs it, where nothing was wrong so far.
func (n *Node) launch(asked spec.Spec, err error) verdict.Verdict {
	if err != nil {
		return verdict.Refused(asked.Argv, err)
	}
	return launcher.Run(asked.OnNode(), n.Console)
}
