package e2e

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// clean asserts that nothing of the scenario is left a second later: no process
// that carries its marker, and no scope without a process and no mount that were not
// there at its beginning. "clean all" waits a minute for the embedded manager to be gone
// as well, but not for one that somebody else's run holds, and belongs in scenarios that
// are alone.
func clean(ts *testscript.TestScript, neg bool, args []string) {
	all := slices.Equal(args, []string{"all"})
	if neg || (len(args) > 0 && !all) {
		ts.Fatalf("usage: clean [all]")
	}
	limit := wait(time.Second)
	if all {
		limit = wait(time.Minute)
	}
	before := ts.Value(startKey{}).([]string)
	var left []string
	since := map[string]time.Time{}
	if !eventually(limit, func() bool {
		left = append(processes(ts.Getenv("WORK")), without(traces(), before)...)
		if all {
			left = append(left, idleManagers(ts.Getenv("WORK"))...)
		}
		note(since, left)
		return len(left) == 0
	}) {
		left = slices.DeleteFunc(left, func(s string) bool { return time.Since(since[s]) < limit/2 })
	}
	if len(left) > 0 {
		ts.Fatalf("left behind:\n\t%s", strings.Join(left, "\n\t"))
	}
}

// note keeps since when each of them has been there without a break: other scenarios'
// scopes are empty too, but only for milliseconds, one after the other.
func note(since map[string]time.Time, there []string) {
	maps.DeleteFunc(since, func(s string, _ time.Time) bool { return !slices.Contains(there, s) })
	for _, s := range there {
		if _, known := since[s]; !known {
			since[s] = time.Now()
		}
	}
}

// emptyScopes finds scopes that nobody is in.
func emptyScopes() []string {
	var found []string
	own := embeddedTree()
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && ofEmbedded.MatchString(entry.Name()) && entry.Name() != own {
			return fs.SkipDir
		}
		if err == nil && entry.IsDir() && ofSlimrun.MatchString(entry.Name()) && deserted(path) {
			found = append(found, "cgroup "+path)
		}
		return nil
	})
	return found
}

var (
	ofSlimrun  = regexp.MustCompile(`^(slimrun|e2e)-.*\.scope$`)
	ofEmbedded = regexp.MustCompile(`^slimrun-[0-9a-f]+-[0-9a-f]+$`)
)

// embeddedTree is the cgroup of this machine's embedded manager, "" where this user
// has none. Others are of containers, or of whoever has another /run.
func embeddedTree() string {
	var st unix.Stat_t
	if unix.Stat("/run/slimrun/embedded", &st) != nil {
		return ""
	}
	return fmt.Sprintf("slimrun-%x-%x", st.Dev, st.Ino)
}

func deserted(cgroup string) bool {
	if events := read(cgroup + "/cgroup.events"); events != "" {
		return strings.Contains(events, "populated 0")
	}
	procs, err := os.ReadFile(cgroup + "/cgroup.procs")
	return err == nil && len(procs) == 0
}

// traces are the empty scopes and the mounts that there are. Those of users who come
// and go are systemd's.
func traces() []string {
	found := emptyScopes()
	for mount := range strings.Lines(read("/proc/self/mountinfo")) {
		if !strings.Contains(mount, " /run/user/") {
			found = append(found, "mount "+strings.TrimSpace(mount))
		}
	}
	return found
}

func without(all, some []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return slices.Contains(some, s) })
}
