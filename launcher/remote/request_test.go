package remote

import (
	"io"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Limits become options, each of which Slurm holds exactly; of the others all are named.
func TestRequest(t *testing.T) {
	for line, want := range map[string]string{
		"-m 100M": "--job-name=sh --mem=100M",
		"-m 1.5G --cpus 2 --timeout 90s --name a": "--job-name=a --mem=1536M --cpus-per-task=2 --time=3",
		"--timeout 60s":                  "--job-name=sh --time=2",
		"-m 64M --swap 0 --oom continue": "--job-name=sh --mem=64M",
		"-m 64M --swap infinity":         "--job-name=sh --mem=64M",
		"":                               "--job-name=sh",
	} {
		options, err := request(t, line)
		if got := strings.Join(options, " "); err != nil || got != "--nodes=1 --ntasks=1 "+want {
			t.Errorf("%s: %q, %v, want %q", line, got, err, want)
		}
	}
	for line, want := range map[string][]string{
		"-m 100K --cpus 0.5 --pids 9": {"--memory 100K", "--cpus 0.5", "--pids 9"},
		"-m 50%":                      {"--memory 50%: of which"},
		"-m infinity":                 {"--memory infinity"},
		"-m 1M --swap 1M":             {"--swap 1M"},
		"--cpuset 0 --memory-high 1M": {"--cpuset 0", "--memory-high 1M"},
		"--oom kill":                  {"--oom kill"},
		"--io-weight 10":              {"--io-weight 10"},
	} {
		_, err := request(t, line)
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %q named", line, err, part)
			}
		}
	}
}

func request(t *testing.T, line string) ([]string, error) {
	t.Helper()
	words := append(strings.Fields("--on slurm "+line), "--", "/bin/sh")
	asked, _, err := cmdline.Reader{Out: io.Discard}.Run(words)
	if err != nil {
		t.Fatal(line, err)
	}
	return Request(asked)
}

// What goes with systemd or this machine alone is refused, all at once.
func TestRefused(t *testing.T) {
	words := strings.Fields("--on slurm --slice x -p KillSignal=2 --nest --record --plot x.svg --share pid -- true")
	_, _, err := cmdline.Reader{Out: io.Discard}.Run(words)
	for _, flag := range []string{"--slice: ", "-p: ", "--nest: ", "--record: ", "--plot: ", "--share pid: "} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%v, want %s refused", err, flag)
		}
	}
	if _, _, err := (cmdline.Reader{Out: io.Discard}).Run(strings.Fields("--on k8s -- true")); err == nil {
		t.Error("--on k8s is taken")
	}
	if _, _, err := (cmdline.Reader{Out: io.Discard}).Run(strings.Fields("--on slurm --user -- true")); err == nil {
		t.Error("--on slurm --user is taken")
	}
}

// Each limit that Slurm does not hold as it was asked for is refused by name, before there
// is a job, and with what to do instead: a row that is new must be decided here.
func TestEveryLimit(t *testing.T) {
	refused := map[*limit.Row][]string{
		limit.Memory:      {"1500K", "12.5%", "infinity"},
		limit.Swap:        {"1M", "50%"},
		limit.MemoryHigh:  {"1M"},
		limit.MemoryLow:   {"1M"},
		limit.MemoryMin:   {"1M"},
		limit.CPUs:        {"0.5", "1.5"},
		limit.CPUWeight:   {"100"},
		limit.CPUSet:      {"0"},
		limit.CPUMems:     {"0"},
		limit.IOWeight:    {"100"},
		limit.IOReadBps:   {"/:1M"},
		limit.IOWriteBps:  {"/:1M"},
		limit.IOReadIOPS:  {"/:100"},
		limit.IOWriteIOPS: {"/:100"},
		limit.Pids:        {"10"},
		limit.OOM:         {"kill", "stop"},
		limit.Timeout:     nil, // slimrun itself keeps it
	}
	for _, row := range limit.Rows {
		values, decided := refused[row]
		if !decided && !row.IsSynonym() { // that is another's
			t.Errorf("--%s: is it asked of Slurm, or refused?", row.Flag)
		}
		for _, value := range values {
			_, err := request(t, "--"+row.Flag+" "+value)
			if err == nil || !strings.Contains(err.Error(), value) || problem.Remedy(err) == "" {
				t.Errorf("--%s %s: %v, want it refused by name, and a remedy", row.Flag, value, err)
			}
		}
	}
}
