package cgroup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/linux"
)

// systemds is the hierarchy in which systemd keeps every unit, on v1 and hybrid.
const systemds = "name=systemd"

// Directory is that of a cgroup in systemd's own hierarchy.
func Directory(group string, mounts func() (Mounts, error)) (string, error) {
	if OnlyV2() {
		return filepath.Join(Root, group), nil
	}
	found, err := mounts()
	if err != nil {
		return "", err
	}
	return filepath.Clean(found[systemds].dir(group)), nil
}

// ScopesBelow finds the scopes of one manager, by unit. Services, and scopes
// themselves, may be somebody else's below: a user's manager, say.
func ScopesBelow(top string) map[string]string {
	found := map[string]string{}
	gather(top, found)
	return found
}

func gather(dir string, found map[string]string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it has gone meanwhile
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case !entry.IsDir():
		case strings.HasSuffix(name, ".slice"):
			gather(filepath.Join(dir, name), found)
		case strings.HasSuffix(name, ".scope"):
			found[name] = filepath.Join(dir, name)
		}
	}
}

// Deserted says whether nobody is in a cgroup, or in one below it; or it is gone.
func Deserted(dir string) bool {
	pid, err := AnyProcess(dir)
	return err == nil && pid == 0
}

// At is the cgroup of a directory that ScopesBelow found, and the processes in it, as
// far as they can be seen from here. On v1 it is empty where nobody can be.
func At(dir string, mounts func() (Mounts, error)) (Cgroup, []int) {
	var pids []int
	content, _ := linux.ReadFile(dir + "/cgroup.procs")
	for line := range strings.Lines(content) {
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	if OnlyV2() {
		return Cgroup{Path: strings.TrimPrefix(dir, Root), Unified: dir}, pids
	}
	for _, pid := range pids {
		own, err := Of(strconv.Itoa(pid), mounts)
		if err == nil && filepath.Base(own.Path) == filepath.Base(dir) {
			return own, pids
		}
	}
	return Cgroup{}, pids
}

// Within says whether a process is in the cgroup of a directory, or in one below.
func Within(dir string, pid int, mounts func() (Mounts, error)) bool {
	own, err := Of(strconv.Itoa(pid), mounts)
	if err != nil {
		return false
	}
	at := own.Unified
	if own.V1() {
		at = own.Dirs[systemds]
	}
	at, dir = filepath.Clean(at), filepath.Clean(dir)
	return at == dir || strings.HasPrefix(at, dir+"/")
}
