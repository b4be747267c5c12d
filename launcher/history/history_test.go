package history

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/cgroup"
)

func ended(command ...string) verdict.Verdict {
	return verdict.Verdict{Command: command, Unit: "a.scope", Outcome: verdict.Exited, Started: time.Unix(1, 0)}
}

func commands(runs []verdict.Report) (all []string) {
	for _, run := range runs {
		all = append(all, strings.Join(run.Command, " "))
	}
	return all
}

// A line that is broken hides neither those before it nor the next, which a full
// disk left it no end to begin behind.
func TestBrokenLinesHideNone(t *testing.T) {
	f := File{filepath.Join(t.TempDir(), "slimrun/history.jsonl"), largest}
	for _, command := range []string{"one", "two"} {
		if err := f.Record(ended(command)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(f.Path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(file, "\nnot JSON\n{}\n", `{"schema":"slimrun.report/1","name":"a`)
	file.Close()
	if err := f.Record(ended("three")); err != nil {
		t.Fatal(err)
	}
	runs, broken, err := f.Runs()
	if got := commands(runs); err != nil || broken != 3 || !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("%q, %d broken, %v", got, broken, err)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Processes, not goroutines: a lock is one of a process's open file. Each line is
// there once, also of those that were appended while others dropped the older half.
func TestThousandAtOnce(t *testing.T) {
	if path := os.Getenv("SLIMRUN_TEST_HISTORY"); path != "" {
		f := File{path, 64 << 10}
		for i := range 50 {
			if err := f.Record(ended("run", os.Getenv("SLIMRUN_TEST_WHO"), fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	f := File{filepath.Join(t.TempDir(), "slimrun/history.jsonl"), 64 << 10}
	var started []*exec.Cmd
	for who := range 20 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestThousandAtOnce$")
		cmd.Env = append(os.Environ(), "SLIMRUN_TEST_HISTORY="+f.Path, fmt.Sprintf("SLIMRUN_TEST_WHO=%d", who))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started = append(started, cmd)
	}
	for _, cmd := range started {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	runs, broken, err := f.Runs()
	if err != nil || broken != 0 || len(runs) < 30 {
		t.Fatalf("%d runs, %d broken, %v", len(runs), broken, err)
	}
	last := map[string]string{}
	for _, run := range runs {
		who, i := run.Command[1], run.Command[2]
		if have, ok := last[who]; ok && number(i) != number(have)+1 {
			t.Errorf("of %s, run %s stands behind %s", who, i, have)
		}
		last[who] = i
	}
	info, _ := os.Stat(f.Path)
	if info.Size() > f.largest {
		t.Errorf("%d bytes, want %d at most", info.Size(), f.largest)
	}
}

func number(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

// Row R5: what is another's, or a link to it, or open to others, is left alone.
func TestHostilePlaces(t *testing.T) {
	for name, prepare := range map[string]func(path string) error{
		"a link":          func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a directory":     func(path string) error { return os.Mkdir(path, 0o700) },
		"readable to all": func(path string) error { return os.WriteFile(path, nil, 0o644) },
		"a directory's":   func(path string) error { return os.Chmod(filepath.Dir(path), 0o777) },
		"one above's":     func(path string) error { return os.Chmod(filepath.Dir(filepath.Dir(path)), 0o777) },
		"a FIFO":          func(path string) error { return exec.Command("mkfifo", "-m", "600", path).Run() },
		"a directory's link": func(path string) error {
			return os.Rename(filepath.Dir(path), filepath.Dir(path)+"x")
		},
	} {
		f := File{filepath.Join(t.TempDir(), "slimrun/history.jsonl"), largest}
		if err := os.Mkdir(filepath.Dir(f.Path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := prepare(f.Path); err != nil {
			t.Fatal(err)
		}
		if name == "a directory's link" {
			if err := os.Symlink(filepath.Dir(f.Path)+"x", filepath.Dir(f.Path)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Record(ended("true")); err == nil || !strings.Contains(err.Error(), f.Path) {
			t.Errorf("R5 %s: %v", name, err)
		}
	}
}

// A command is found by its first words, whatever bytes and however many they are.
func TestOf(t *testing.T) {
	f := File{filepath.Join(t.TempDir(), "slimrun/history.jsonl"), largest}
	long := []string{"tool", strings.Repeat("x", 3<<20), "end"}
	for _, command := range [][]string{{"sort", "big"}, {"sort", "-u", "big"}, {"sorted"}, {"sort", "\xff\xfe"}, long} {
		if err := f.Record(ended(command...)); err != nil {
			t.Fatal(err)
		}
	}
	runs, _, err := f.Runs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command []string
		want    int
	}{
		{nil, 5},
		{[]string{"sort"}, 3},
		{[]string{"sort", "big"}, 1},
		{[]string{"sort", "big", "more"}, 0},
		{[]string{"sort", "\xff\xfe"}, 1},
		{[]string{"sort", "\xff"}, 0},
		{long, 1},
		{[]string{"tool", strings.Repeat("x", 3<<20)}, 1},
	} {
		if got := Of(c.command, runs); len(got) != c.want {
			t.Errorf("%.40q: %d runs, want %d", c.command, len(got), c.want)
		}
	}
}

// What was seen of a run meanwhile is in its line, thinned.
func TestSamplesAreKept(t *testing.T) {
	f := File{filepath.Join(t.TempDir(), "slimrun/history.jsonl"), largest}
	v := ended("long")
	for i := range 500 {
		v.Samples.Add(sample.Point{At: time.Duration(i+1) * time.Second, Reading: cgroup.Reading{WorkingSet: uint64(i % 321)}})
	}
	if err := f.Record(v); err != nil {
		t.Fatal(err)
	}
	runs, _, err := f.Runs()
	if err != nil || len(runs) != 1 || len(runs[0].Samples) != 100 || *runs[0].Usage.WorkingSet != 320 {
		t.Fatalf("%v, %+v", err, runs)
	}
	if info, _ := os.Stat(f.Path); info.Size() > 12<<10 {
		t.Errorf("a line of %d bytes", info.Size())
	}
}
