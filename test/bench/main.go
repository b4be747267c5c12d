// Bench measures what a launch costs: whole processes, interleaved, medians,
// all against one manager. `make bench` runs it; docs/performance.md says what
// came of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// options is the command line.
type options struct {
	slimrun  string
	against  string
	rounds   int
	json     string
	svg      string
	only     string
	priority int
}

func main() {
	if os.Args[0] == floorStage {
		os.Exit(report(runFloor()))
	}
	o := parse()
	if os.Args[0] == labStage {
		os.Exit(report(run(o)))
	}
	if os.Geteuid() != 0 {
		os.Exit(report(errors.New("the bench starts an embedded manager: it needs root")))
	}
	var ended *exec.ExitError // which has said why
	switch err := runApart(o.priority); {
	case errors.As(err, &ended):
		os.Exit(1)
	default:
		os.Exit(report(err))
	}
}

func parse() (o options) {
	flag.StringVar(&o.slimrun, "slimrun", "", "the binary; built from the working tree without")
	flag.StringVar(&o.against, "against", "", "compare with the slimrun of this commit, and with nothing else")
	flag.IntVar(&o.rounds, "rounds", 0, "rounds, each with every peer once (100 to 300, as the time allows)")
	flag.StringVar(&o.json, "json", filepath.Join(os.TempDir(), "slimrun-bench.json"),
		"the table and the raw figures go here")
	flag.StringVar(&o.svg, "svg", "", "draw the launch times here")
	flag.StringVar(&o.only, "only", "", "sections, such as launch,waiting; all are "+strings.Join(sectionNames(), ","))
	flag.IntVar(&o.priority, "nice", -15, "priority of all peers and of the manager, so that others disturb less")
	flag.Parse()
	return o
}

func report(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// run measures in a mount namespace of its own. Who interrupts it waits for
// its end: it takes away what it has made.
func run(o options) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	if err := ownRegistry(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "slimrun-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.slimrun == "" {
		o.slimrun = filepath.Join(dir, "slimrun")
		if err := build(".", o.slimrun); err != nil {
			return err
		}
	}
	if o.slimrun, err = filepath.Abs(o.slimrun); err != nil {
		return err
	}
	return measure(ctx, o, dir)
}

// measure holds the manager by a run that waits, and takes the sections.
func measure(ctx context.Context, o options, dir string) error {
	boot, err := boots(ctx, o.slimrun)
	if err != nil {
		return err
	}
	lab, err := openLab(ctx, o.slimrun)
	if err != nil {
		return err
	}
	b := &bench{options: o, ctx: ctx, lab: lab, dir: dir, boot: boot, raw: map[string]any{}}
	return errors.Join(b.sections(), lab.close())
}

func (b *bench) sections() error {
	machine := fmt.Sprintf("%d CPUs, %s, %s, load %s, nice %d, a page fault %v",
		runtime.NumCPU(), firstLine("uname", "-sr"), systemdVersion(), load(), b.priority, faultPrice().Round(10*time.Nanosecond))
	b.say("%s", machine)
	b.raw["machine"] = machine
	// For all, not for the containers' launchers alone: the manager stays the same.
	if err := b.lab.startBus(); err != nil {
		b.say("the manager has no bus: %v", err)
	}
	var failed []error
	for _, section := range b.chosen() {
		err := section.run(b)
		if interrupted := context.Cause(b.ctx); interrupted != nil {
			return interrupted
		}
		if err != nil { // the others' figures are still worth having
			b.addAbsent(section.name, "", err)
			failed = append(failed, fmt.Errorf("%s: %w", section.name, err))
		}
	}
	return errors.Join(append(failed, b.write())...)
}

// entry is where slimrun begins, since it has one of its own (Makefile, ENTRY).
const entry = "github.com/slimrun/slimrun/nsinit/inside.entry"

// build compiles the program of a tree: a slimrun of any age, or the floor's. The
// linker writes it where it will lie: a copy starts in less time.
func build(tree, target string) error {
	flags := "-s -w"
	if _, err := os.Stat(filepath.Join(tree, "nsinit/inside")); err == nil {
		flags += " -E " + entry
	}
	command := exec.Command("go", "build", "-trimpath", "-ldflags", flags, "-o", target, ".")
	command.Dir, command.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building slimrun in %q: %w: %s", tree, err, out)
	}
	return nil
}

// load is what else the machine has to do.
func load() string {
	content, _ := os.ReadFile("/proc/loadavg")
	last, _, _ := strings.Cut(string(content), " ")
	return last
}

func systemdVersion() string {
	words := strings.Fields(firstLine("systemd-run", "--version"))
	return strings.Join(words[:min(2, len(words))], " ")
}

func firstLine(name string, args ...string) string {
	out, _ := exec.Command(name, args...).Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
