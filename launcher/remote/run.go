package remote

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/conclude"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

const (
	// endWithin is how long srun may take to end when the run has, or was cancelled:
	// slurm.conf's KillWait is 30 s if not said.
	endWithin = 2 * time.Minute
	// wordsWithin is how long the last words may take when srun has ended.
	wordsWithin = 10 * time.Second
	// answerWithin bounds what slurmctld is asked.
	answerWithin = 30 * time.Second
)

// run is one run, as the slimrun that was typed sees it.
type run struct {
	console.Console
	transport
	*stream
	heard   *signals.Listener
	within  string        // the allocation that it is a step of, "" for a job of its own
	job     string        // as far as it is known
	told    bool          // that it waits
	orders  chan []string // to scancel, one after the other
	grace   <-chan time.Time
	overdue <-chan time.Time
	by      syscall.Signal // that ended the launch
	asked   bool           // it was to end: by SIGTERM
}

// Run has the run take place there, and waits for it. It is the exit status.
func Run(asked spec.Spec, args []string, out console.Console, files conclude.Files) int {
	began := time.Now()
	r := &run{
		Console: out, stream: &stream{out: os.Stderr}, within: inAllocation(),
		orders: make(chan []string, 64),
	}
	err := r.run(asked, args)
	if err == nil && r.end != nil {
		return files.Forward(out, r.end.status, r.end.report)
	}
	v := verdict.Verdict{
		Command: asked.Argv, Manager: unit.SlurmKind, Started: began, Wall: time.Since(began), Summary: asked.Summary,
	}
	switch {
	case err != nil:
		v.Fail(err)
	case r.by != 0:
		v.Fail(verdict.Interrupted{Signal: r.by})
	case r.hello == nil:
		v.Fail(r.notStarted())
	default:
		r.unheard(&v)
	}
	return files.Conclude(out, asked, v)
}

// run starts srun and follows it to its end. Errors: why it was not started.
func (r *run) run(asked spec.Spec, args []string) error {
	if step, inside := unit.StepHere(); inside && isNumber(step.Name) {
		return problem.Errorf("drop --on slurm", "--on slurm: step %s of Slurm's holds slimrun already", step)
	}
	options, err := Request(asked)
	if err != nil {
		return err
	}
	if r.within != "" {
		options = append(options, "--exact")
	}
	if r.heard, err = signals.Listen(func(*signals.Listener) {}); err != nil {
		return err
	}
	defer r.heard.Close()
	if r.secret, err = newSecret(); err != nil {
		return err
	}
	if r.transport, err = start(options, parcel{Args: args, Secret: r.secret}); err != nil {
		return err
	}
	defer r.stderr.Close()
	go r.obey()
	defer close(r.orders)
	return r.follow()
}

// follow hears srun and the world, until srun has ended and all of its words are read.
func (r *run) follow() error {
	words, ended := make(chan []byte), r.ended
	go read(r.stderr, words)
	for ended != nil || words != nil {
		select {
		case text, open := <-words:
			if !open {
				words = nil
				r.stream.close()
				break
			}
			r.stream.Write(text)
			r.look()
		case <-r.heard.Came:
			for _, one := range r.heard.Take() {
				r.pass(one)
			}
		case <-r.grace:
			r.cancel()
		case <-r.overdue:
			if ended == nil { // whoever holds the pipe still
				return nil
			}
			r.kill(syscall.SIGKILL)
		case <-ended:
			ended, r.overdue = nil, time.After(wordsWithin)
		}
	}
	return nil
}

func read(from *os.File, to chan<- []byte) {
	defer close(to)
	for {
		room := make([]byte, 32<<10)
		n, err := from.Read(room)
		if n > 0 {
			to <- room[:n]
		}
		if err != nil {
			return
		}
	}
}

// look sees what the last words have changed.
func (r *run) look() {
	switch {
	case r.end != nil && r.overdue == nil:
		r.overdue = time.After(endWithin)
	case r.hello != nil:
		r.job = r.hello.job
	case r.hello == nil:
		if job := r.waits(); job != "" {
			r.job = job
			if !r.told && isTerminal(os.Stderr) {
				r.Queued(r.job)
			}
			r.told = true
		}
	}
}

// notStarted is why there was no word from a node.
func (r *run) notStarted() error {
	words := strings.TrimSpace(string(r.early[:min(len(r.early), 4000)]))
	if words == "" {
		words = "srun says nothing"
	}
	return problem.Errorf("sinfo and squeue show what there is; "+
		"srun takes slimrun where it is on this machine: it must be there on the nodes",
		"Slurm has not started the command: %s", words)
}

// unheard judges by slurmctld's word of a job that ended without one of the node's: what
// it does not say for certain is 125.
func (r *run) unheard(v *verdict.Verdict) {
	step := slurm.Step{Job: r.hello.job, Name: r.hello.step}
	v.Step, v.Unit = &step, step.String()
	if r.within != "" {
		v.Fail(fmt.Errorf("step %s ended without a word of slimrun's, "+
			"and Slurm keeps none of a step: was it cancelled?", step))
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	state, err := slurm.Ending(ctx, step.Job)
	switch {
	case err != nil:
		v.Fail(fmt.Errorf("step %s ended without a word of slimrun's: %w", step, err))
	case state.Job == "CANCELLED":
		v.Judge(syscall.WaitStatus(syscall.SIGTERM), verdict.Ending{Stopping: true})
	case state.OutOfTime():
		v.Judge(syscall.WaitStatus(syscall.SIGTERM), verdict.Ending{Stopping: true, Timeout: true})
	case state.Job == "OUT_OF_MEMORY":
		v.Judge(syscall.WaitStatus(syscall.SIGKILL), verdict.Ending{})
		v.Outcome = verdict.OOMKilled
		r.Warn(errors.New("memory was short, and slimrun itself was killed on the node"))
	default:
		v.Fail(fmt.Errorf("step %s ended without a word of slimrun's; Slurm says %s (%s)",
			step, state.Job, state.Reason))
	}
}

// grace is what SIGTERM leaves a payload.
const grace = plan.StopWithin
