package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// needs WORD... skips the scenario where one of the words is not so, and says why.
// The words are those of the table below, cmd:NAME for a program in PATH, and
// controller:NAME for a cgroup v2 controller that is in force where this process is.
func needs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: needs WORD...")
	}
	for _, word := range args {
		missing, err := unmet(word)
		ts.Check(err)
		if missing != "" {
			ts.Value(testKey{}).(testscript.T).Skip("needs " + word + ": " + missing)
		}
	}
}

// unmet returns what is missing for a need, or nothing.
func unmet(word string) (string, error) {
	if name, ok := strings.CutPrefix(word, "cmd:"); ok {
		_, err := exec.LookPath(name)
		return unless(err == nil, "not installed"), nil
	}
	if name, ok := strings.CutPrefix(word, "controller:"); ok {
		return unless(hasController(name), "not in force here"), nil
	}
	check, ok := machine[word]
	if !ok {
		return "", fmt.Errorf("needs: no such word: %s", word)
	}
	return check(), nil
}

var machine = map[string]func() string{
	"alone":       func() string { return "" }, // see runScenario
	"long":        func() string { return "" }, // see TestScenarios
	"everywhere":  func() string { return "" }, // see elsewhere
	"entry":       func() string { return unless(os.Getenv("E2E_PLAIN") == "", "a slimrun whose entry is Go's") },
	"fast":        func() string { return unless(*patience == 1, "an emulated machine takes too long") },
	"root":        func() string { return unless(os.Geteuid() == 0, "an ordinary user here") },
	"user":        func() string { return unless(os.Geteuid() != 0, "root here") },
	"systemd":     func() string { return unless(exists("/run/systemd/system"), "systemd is not PID 1") },
	"vm":          func() string { return unless(exists("/slimrun/config"), "not a machine to break") },
	"package":     func() string { return unless(exists("/slimrun/slimrun.deb"), "no .deb of this slimrun: make dist") },
	"nosystemd":   func() string { return unless(!exists("/run/systemd/system"), "systemd is PID 1") },
	"usermanager": func() string { return unless(hasUserManager(), "no systemd --user here") },
	"nomanager":   func() string { return unless(!hasManager(), "a manager is within reach") },
	"manager":     func() string { return unless(hasManager(), "no manager within reach") },
	"session":     func() string { return unless(inSession(), "not in a login session") },
	"v2":          func() string { return unless(isV2(), "cgroup v1 here") },
	"v1":          func() string { return unless(!isV2(), "cgroup v2 here") },
	"swap":        func() string { return unless(hasSwap(), "no swap here") },
	"noswap":      func() string { return unless(!hasSwap(), "swap is on") },
	"psi":         func() string { return unless(exists("/proc/pressure/memory"), "no PSI in this kernel") },
	"tty":         func() string { return unless(exists("/dev/ptmx"), "no pseudo terminals") },
	"bus":         func() string { return unless(exists("/run/dbus/system_bus_socket"), "no system bus") },
	"userns":      func() string { return unless(exists("/proc/self/ns/user"), "no user namespaces") },
	"ids":         func() string { return unless(hasIDs(), "a user namespace with one id") },
	"overlay":     func() string { return unless(knowsOverlay(), "no overlay file system") },
	"ptrace":      func() string { return unless(mayTrace(), "who did not start a process may not trace it") },
	"timens": func() string {
		return unless(exists("/proc/self/ns/time") && kernel() >= 6.03, "no time namespaces, or kernel before 6.3")
	},
}

// kernel is 6.12 for "6.12.1", and 6.01 for "6.1".
func kernel() float64 {
	var name unix.Utsname
	var major, minor int
	unix.Uname(&name)
	fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor)
	return float64(major) + float64(minor)/100
}

func knowsOverlay() bool {
	known, err := os.ReadFile("/proc/filesystems")
	return err == nil && strings.Contains(string(known), "\toverlay\n")
}

// mayTrace says whether a tracer can be attached to what the scenario has started
// (Documentation/admin-guide/LSM/Yama.rst).
func mayTrace() bool {
	scope := strings.TrimSpace(read("/proc/sys/kernel/yama/ptrace_scope"))
	return scope == "" || scope == "0" || os.Geteuid() == 0 && scope != "3"
}

// condition is one in brackets before a command: [counts:memory.swap.peak] where this
// kernel's cgroups have such a file, so that a figure is there or must be null; [entry] as
// for needs.
func condition(word string) (bool, error) {
	if word == "entry" {
		return machine[word]() == "", nil
	}
	name, ok := strings.CutPrefix(word, "counts:")
	if !ok {
		return false, fmt.Errorf("no such condition: %s", word)
	}
	return hasCgroupFile(name), nil
}

// hasCgroupFile looks in the cgroup of this process and those around it: the root
// has fewer files than any other, and a parent's controllers may not be in force.
func hasCgroupFile(name string) bool {
	for _, pattern := range []string{"*", "*/*", "*/*/*", "*/*/*/*", "*/*/*/*/*"} {
		if found, _ := filepath.Glob("/sys/fs/cgroup/" + pattern + "/" + name); len(found) > 0 {
			return true
		}
	}
	return false
}

func unless(met bool, missing string) string {
	if met {
		return ""
	}
	return missing
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func hasUserManager() bool {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	return os.Geteuid() != 0 && dir != "" && exists(dir+"/systemd/private")
}

// hasManager says whether slimrun finds one without being told: root always does,
// if need be its own.
func hasManager() bool { return os.Geteuid() == 0 || hasUserManager() }

func inSession() bool {
	return strings.Contains(read("/proc/self/cgroup"), "/session-")
}

func isV2() bool {
	var fs unix.Statfs_t
	return unix.Statfs("/sys/fs/cgroup", &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC
}

func hasSwap() bool {
	return strings.Count(read("/proc/swaps"), "\n") > 1
}

// hasIDs says whether there are more ids here than one.
func hasIDs() bool {
	ids := strings.Fields(read("/proc/self/uid_map"))
	return len(ids) != 3 || ids[2] != "1"
}

func hasController(name string) bool {
	_, path, _ := strings.Cut("\n"+read("/proc/self/cgroup"), "\n0::")
	path, _, _ = strings.Cut(path, "\n")
	for _, controller := range strings.Fields(read("/sys/fs/cgroup" + path + "/cgroup.controllers")) {
		if controller == name {
			return true
		}
	}
	return false
}

func read(name string) string {
	data, _ := os.ReadFile(name)
	return string(data)
}
