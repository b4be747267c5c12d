// Bench measures what a launch costs: whole processes, interleaved, medians,
// all against one manager. `make bench` runs it; docs/performance.md says what
// came of it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// options is the command line.
type options struct {
	slimrun  string
	against  string
	rounds   int
	full     bool
	json     string
	svg      string
	only     string
	priority int
}

func main() {
	switch os.Args[0] {
	case floorStage:
		os.Exit(report(runFloor()))
	case labStage:
		if err := ownRegistry(); err != nil {
			os.Exit(report(err))
		}
	default:
		os.Exit(runApart())
	}
	var o options
	flag.StringVar(&o.slimrun, "slimrun", "", "the binary; built from the working tree without")
	flag.StringVar(&o.against, "against", "", "compare with the slimrun of this commit, and with nothing else")
	flag.IntVar(&o.rounds, "rounds", 0, "rounds, each with every peer once (100, with -full 300)")
	flag.BoolVar(&o.full, "full", false, "all sections, and more rounds")
	flag.StringVar(&o.json, "json", filepath.Join(os.TempDir(), "slimrun-bench.json"), "raw figures go here")
	flag.StringVar(&o.svg, "svg", "", "draw the launch times here")
	flag.StringVar(&o.only, "only", "", "sections, such as launch,waiting; all are "+strings.Join(sectionNames(), ","))
	flag.IntVar(&o.priority, "nice", -15, "priority of all peers and of the manager, so that others disturb less")
	flag.Parse()
	os.Exit(report(run(o)))
}

func report(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func run(o options) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("the bench starts an embedded manager: it needs root")
	}
	if o.rounds == 0 {
		o.rounds = map[bool]int{false: 100, true: 300}[o.full]
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
	return measure(o, dir)
}

// measure holds the manager by a run that waits, and takes the sections.
func measure(o options, dir string) error {
	boot, lab, err := openLab(o.slimrun, o.priority)
	if err != nil {
		return err
	}
	defer lab.close()
	b := &bench{options: o, lab: lab, dir: dir, boot: boot, raw: map[string]any{}}
	b.say("%d CPUs, %s, %s, %d rounds, nice %d", runtime.NumCPU(), kernel(), systemdVersion(), o.rounds, o.priority)
	for _, section := range b.chosen() {
		if err := section.run(b); err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
	}
	return b.write()
}

func build(tree, target string) error {
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, ".")
	command.Dir, command.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building slimrun in %q: %w: %s", tree, err, out)
	}
	return nil
}

func kernel() string { return firstLine("uname", "-sr") }

func systemdVersion() string {
	words := strings.Fields(firstLine("systemd-run", "--version"))
	return strings.Join(words[:min(2, len(words))], " ")
}

func firstLine(name string, args ...string) string {
	out, _ := exec.Command(name, args...).Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
