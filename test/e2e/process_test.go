package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A process as /proc shows it.
type process struct {
	pid  int
	argv []string
}

func (p process) file(name string) string { return fmt.Sprintf("/proc/%d/%s", p.pid, name) }

// marked says whether a process is of the scenario that works there.
func (p process) marked(work string) bool {
	return strings.Contains("\x00"+read(p.file("environ")), "\x00"+marker+"="+work+"\x00")
}

func allProcesses() (found []process) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err == nil {
			argv := strings.Split(strings.TrimRight(read(dir+"/cmdline"), "\x00"), "\x00")
			found = append(found, process{pid, argv})
		}
	}
	return found
}

// those are the processes of which something is true, in words.
func those(is func(process) bool) (found []string) {
	for _, p := range allProcesses() {
		if is(p) {
			found = append(found, fmt.Sprintf("process %d: %q", p.pid, p.argv))
		}
	}
	return found
}

// processes are the scenario's own.
func processes(work string) []string {
	return those(func(p process) bool { return p.marked(work) })
}

// registry is where root's runs meet their embedded manager: each holds users.
const registry = "/run/slimrun/embedded"

// idleManagers are this registry's stages, unless somebody else's run holds them. Those
// of containers, or of whoever has another /run, have another registry.
func idleManagers(work string) []string {
	if slices.ContainsFunc(allProcesses(), func(p process) bool { return !p.serves() && !p.marked(work) && p.holds() }) {
		return nil
	}
	return those(process.serves)
}

func (p process) serves() bool {
	stage := p.argv[0] == "slimrun-supervisor" || p.argv[0] == "slimrun-manager"
	return stage && same(p.file("root"+registry), registry)
}

func (p process) holds() bool {
	files, _ := filepath.Glob(p.file("fd/*"))
	return slices.ContainsFunc(files, func(file string) bool { return same(file, registry+"/users") })
}

// same says whether two paths lead to one file.
func same(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// A process is its scenario's by its marker alone, whatever it is called.
func TestProcessesAreTheScenariosOwn(t *testing.T) {
	work := t.TempDir()
	startMarked(t, work+"/other")
	if found := processes(work); len(found) != 0 {
		t.Errorf("somebody else's are counted: %q", found)
	}
	startMarked(t, work)
	if found := processes(work); len(found) != 1 {
		t.Errorf("found %q, want one", found)
	}
}

// What a scenario has left at the end of its time is ended, and nobody else.
func TestEndAll(t *testing.T) {
	work := t.TempDir()
	others := startMarked(t, work+"/other")
	own := startMarked(t, work)
	endAll(work)
	if err := own.Wait(); err == nil || len(processes(work)) != 0 {
		t.Errorf("its own goes on: %v, %q", err, processes(work))
	}
	if err := others.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("somebody else's is gone: %v", err)
	}
}

// startMarked starts a process as one of the scenario that works there.
func startMarked(t *testing.T, work string) *exec.Cmd {
	cmd := exec.Command("sleep", "1000")
	cmd.Args[0], cmd.Env = "slimrun-init", []string{marker + "=" + work}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}
