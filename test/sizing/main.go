// Sizing holds the rule of docs/sizing.md against real programs: three runs that are
// recorded under a limit that is enough, then three under what slimrun suggests, and
// three under a fifth less. It prints that page's table.
//
//	go run ./test/sizing -slimrun ./slimrun [NAME...]
//
// A program that is not installed is left out. As root, the runs are added to root's
// own history.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

const (
	generous = "4G"
	rounds   = 3
	// aRunMay is more than any of the programs takes.
	aRunMay = "3min"
)

// measured is what is read of a report, slimrun.report/1.
type measured struct {
	Outcome  string
	ExitCode int `json:"exit_code"`
	Usage    struct {
		Wall int64   `json:"wall_usec"`
		CPU  *int64  `json:"cpu_usec"`
		Peak *uint64 `json:"memory_peak_bytes"`
	}
	OOM struct{ Kills *int }
}

func main() {
	slimrun := flag.String("slimrun", "./slimrun", "the program")
	flag.Parse()
	if err := run(*slimrun, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sizing:", err)
		os.Exit(1)
	}
}

func run(slimrun string, only []string) error {
	slimrun, err := filepath.Abs(slimrun)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "slimrun-sizing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Println("| program | peak with cache | working set | suggested | time at that | a fifth less |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, p := range programs {
		if len(only) > 0 && !slices.Contains(only, p.name) {
			continue
		}
		if _, err := exec.LookPath(p.command[0]); err != nil {
			continue
		}
		if err := p.measure(slimrun, dir); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// measure prints a row.
func (p program) measure(slimrun, dir string) error {
	own := filepath.Join(dir, p.name)
	if err := errors.Join(os.Mkdir(own, 0o755), p.prepare(own)); err != nil {
		return err
	}
	defer os.RemoveAll(own)
	free, err := p.rounds(slimrun, own, generous, "--record")
	if err != nil {
		return err
	}
	said, err := exec.Command(slimrun, append([]string{"suggest", "--json", "--"}, p.in(own)...)...).Output()
	if err != nil {
		return fmt.Errorf("suggest: %w", err)
	}
	var suggested struct {
		Memory uint64 `json:"memory_bytes"`
		Most   uint64 `json:"most_working_set_bytes"`
	}
	if err := json.Unmarshal(said, &suggested); err != nil {
		return err
	}
	at, err := p.rounds(slimrun, own, fmt.Sprint(suggested.Memory))
	if err != nil {
		return err
	}
	less, err := p.rounds(slimrun, own, fmt.Sprint(suggested.Memory/5*4))
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %dM | %dM | %dM | %s | %s |\n", p.about, peak(free)>>20, suggested.Most>>20, suggested.Memory>>20, against(at, free), against(less, free))
	return nil
}

// rounds runs the program so many times, under a limit.
func (p program) rounds(slimrun, dir, memory string, flags ...string) (all []measured, err error) {
	for range rounds {
		report := filepath.Join(dir, "report.json")
		args := append([]string{"-q", "-m", memory, "--timeout", aRunMay, "--report", report}, flags...)
		cmd := exec.Command(slimrun, append(append(args, "--"), p.in(dir)...)...)
		cmd.Dir = dir
		cmd.Run() // its status is in the report
		content, err := os.ReadFile(report)
		if err != nil {
			return nil, err
		}
		var m measured
		if err := json.Unmarshal(content, &m); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// in is the command in a directory of its own, by which the history knows it.
func (p program) in(dir string) []string {
	return append([]string{"env", "-C", dir}, p.command...)
}

func peak(all []measured) (most uint64) {
	for _, m := range all {
		if m.Usage.Peak != nil {
			most = max(most, *m.Usage.Peak)
		}
	}
	return most
}

// against says how the runs ended, and how much longer the median took.
func against(runs, free []measured) string {
	killed := 0
	for _, m := range runs {
		if m.Outcome != "exited" || m.ExitCode != 0 {
			killed++
		}
	}
	if killed > 0 {
		return fmt.Sprintf("%d of %d killed or failed", killed, len(runs))
	}
	wall, cpu := median(runs, wall), median(runs, cpu)
	return fmt.Sprintf("%+.0f%% (CPU %+.0f%%)", more(wall, median(free, func(m measured) int64 { return m.Usage.Wall })), more(cpu, median(free, cpuOf)))
}

func wall(m measured) int64 { return m.Usage.Wall }
func cpu(m measured) int64  { return cpuOf(m) }

func cpuOf(m measured) int64 {
	if m.Usage.CPU == nil {
		return 0
	}
	return *m.Usage.CPU
}

func median(runs []measured, of func(measured) int64) time.Duration {
	var all []int64
	for _, m := range runs {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return time.Duration(all[len(all)/2]) * time.Microsecond
}

func more(now, before time.Duration) float64 {
	if before == 0 {
		return 0
	}
	return 100 * (float64(now)/float64(before) - 1)
}
