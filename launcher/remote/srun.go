package remote

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/version"
	"github.com/slimrun/slimrun/unit/slurm"
)

// passed are the variables of Slurm's that choose where in a cluster, and for whose
// account; others would send the output elsewhere, or start more tasks. sbatch has the
// choosing ones under another name.
var (
	passed  = []string{"SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JOB_ID", "SLURM_JOBID"}
	choices = []string{"PARTITION", "ACCOUNT", "QOS", "RESERVATION", "CONSTRAINT"}
)

// environment is srun's: those, and the parcel.
func environment(p parcel) ([]string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	p.Version, p.Env, p.Directory = version.String(), os.Environ(), dir
	env, err := p.pack()
	for _, name := range passed {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range choices {
		if value, set := os.LookupEnv("SLURM_" + name); set {
			env = append(env, "SLURM_"+name+"="+value, "SBATCH_"+name+"="+value)
		}
	}
	return env, err
}

// transport is srun, on its way.
type transport struct {
	stderr *os.File
	ended  chan error
	kill   func(syscall.Signal)
}

// start starts srun. It has a session of its own: what a terminal sends is slimrun's to
// pass on, and srun takes TERM and HUP for a reason to kill. It dies with slimrun, and by
// its second process, the shepherd (srun's own word), the step with it.
func start(options []string, p parcel) (t transport, err error) {
	program, err := slurm.Program("srun")
	if err != nil {
		return t, err
	}
	self, err := os.Executable()
	if err != nil {
		return t, fmt.Errorf("finding slimrun itself: %w", err)
	}
	env, err := environment(p)
	if err != nil {
		return t, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return t, err
	}
	line := slices.Concat(options, []string{"--chdir=/", "--export=ALL", "--kill-on-bad-exit=0", "--", self, word})
	cmd := exec.Command(program, line...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stdout, write
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	stdin, copying := input()
	cmd.Stdin = stdin
	ended, err := startOnThread(cmd)
	write.Close()
	if copying {
		stdin.Close()
	}
	if err != nil {
		read.Close()
		return t, fmt.Errorf("starting srun: %w", err)
	}
	return transport{read, ended, func(s syscall.Signal) { cmd.Process.Signal(s) }}, nil
}

// startOnThread starts a command by a thread that lives until it ends: Pdeathsig goes by the
// thread. What comes is the command's end.
func startOnThread(cmd *exec.Cmd) (ended chan error, err error) {
	ended, started := make(chan error, 1), make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	return ended, <-started
}

// input is what srun reads. A terminal it could not read from another session.
func input() (stdin *os.File, copying bool) {
	if !isTerminal(os.Stdin) {
		return os.Stdin, false
	}
	read, write, err := os.Pipe()
	if err != nil {
		return os.Stdin, false
	}
	go func() {
		defer write.Close()
		write.ReadFrom(os.Stdin)
	}()
	return read, true
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// inAllocation is the job in which slimrun was typed, whose step the run is; "" for none.
func inAllocation() string {
	for _, name := range []string{"SLURM_JOB_ID", "SLURM_JOBID"} {
		if job := os.Getenv(name); strings.Trim(job, "0123456789") == "" && job != "" {
			return job
		}
	}
	return ""
}
