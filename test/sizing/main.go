// Sizing holds the rule of docs/sizing.md against real programs: three runs that are
// recorded under a limit that is enough, then, by turns, runs under that limit, under what
// slimrun suggests, and under a fifth less. It prints that page's table. Times are those
// of a quiet machine, or they say nothing: with other work it prints how much that was.
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
	recorded = 3 // runs, which is what suggest wants
	rounds   = 5 // of the three limits by turns, so that what else the machine does meets all
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
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(os.Stderr, "sizing: load before: %s", load)
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
	for range recorded {
		if _, err := p.once(slimrun, own, generous, "--record"); err != nil {
			return err
		}
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
	limits := []string{generous, fmt.Sprint(suggested.Memory), fmt.Sprint(suggested.Memory / 5 * 4)}
	under := make([][]measured, len(limits))
	for range rounds {
		for i, limit := range limits {
			one, err := p.once(slimrun, own, limit)
			if err != nil {
				return err
			}
			under[i] = append(under[i], one)
		}
	}
	fmt.Printf("| %s | %dM | %.1fM | %dM | %s | %s |\n", p.about, peak(under[0])>>20, float64(suggested.Most)/(1<<20),
		suggested.Memory>>20, against(under[1], under[0]), against(under[2], under[0]))
	return nil
}

// once runs the program, under a limit.
func (p program) once(slimrun, dir, memory string, flags ...string) (m measured, err error) {
	report := filepath.Join(dir, "report.json")
	args := append([]string{"-q", "-m", memory, "--timeout", aRunMay, "--report", report}, flags...)
	cmd := exec.Command(slimrun, append(append(args, "--"), p.in(dir)...)...)
	cmd.Dir = dir
	cmd.Run() // its status is in the report
	content, err := os.ReadFile(report)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(content, &m)
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
	return fmt.Sprintf(
		"%+.0f%% (CPU %+.0f%%)",
		more(median(runs, wall), median(free, wall)),
		more(median(runs, cpu), median(free, cpu)),
	)
}

func wall(m measured) int64 { return m.Usage.Wall }

func cpu(m measured) int64 {
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
