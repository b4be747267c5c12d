package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Door is how another process gets to where one is, in every hierarchy in which this
// process is elsewhere. A limit is not written so: who joins is under those there are.
type Door struct {
	Unified *os.File   // a directory of the v2 tree, to be born in; nil where this process is there
	Procs   []*os.File // v1's cgroup.procs, which take "0"; systemd's own first
	common  string     // directory that holds both, in the v2 tree
	mount   string     // where that is mounted
}

// errLeft: a payload with the power to may have left its scope, and leads nowhere.
var errLeft = errors.New("the payload has left the run's cgroup")

// OpenDoor opens the cgroups of a process, which must be those of another or below. On v1
// systemd moves whole runs in a hierarchy for another's sake, a process after the other, so
// it is looked again before one is said to have left. Errors: that; a hierarchy that is not
// mounted here; no right to write there.
func OpenDoor(pid, within int, mounts func() (Mounts, error)) (*Door, error) {
	for try := 1; ; try++ {
		d, err := openDoor(pid, within, mounts)
		if !errors.Is(err, errLeft) || try == 5 {
			return d, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func openDoor(pid, within int, mounts func() (Mounts, error)) (*Door, error) {
	lines, err := Lines(strconv.Itoa(pid))
	if err != nil {
		return nil, err
	}
	around, err := Lines(strconv.Itoa(within))
	if err != nil {
		return nil, err
	}
	own, err := Lines("self")
	if err != nil {
		return nil, err
	}
	d := &Door{}
	if err := d.open(byHierarchy(lines), byHierarchy(around), byHierarchy(own), mounts); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// byHierarchy are the paths of /proc/PID/cgroup's lines, by "memory", "cpu,cpuacct",
// "name=systemd", and "" for the v2 tree.
func byHierarchy(lines string) map[string]string {
	paths := map[string]string{}
	for line := range strings.Lines(lines) {
		if parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3); len(parts) == 3 {
			paths[parts[1]] = parts[2]
		}
	}
	return paths
}

// open opens every hierarchy in which the process is elsewhere than this one. Nothing is opened
// where it has left its run in any of them.
func (d *Door) open(inside, around, own map[string]string, mounts func() (Mounts, error)) error {
	hierarchies := slices.SortedFunc(maps.Keys(inside), func(a, b string) int {
		return cmp.Compare(strings.Index(b, systemds), strings.Index(a, systemds))
	})
	for _, hierarchy := range hierarchies {
		path := inside[hierarchy]
		if path != around[hierarchy] && !strings.HasPrefix(path, strings.TrimSuffix(around[hierarchy], "/")+"/") {
			return fmt.Errorf("%w %q: it is in %q", errLeft, around[hierarchy], path)
		}
	}
	for _, hierarchy := range hierarchies {
		if inside[hierarchy] == own[hierarchy] {
			continue
		}
		if err := d.openOne(hierarchy, inside[hierarchy], own[hierarchy], mounts); err != nil {
			return err
		}
	}
	return nil
}

// openOne opens the way in one hierarchy: in the v2 tree the directory, on v1 its cgroup.procs.
func (d *Door) openOne(hierarchy, path, own string, find func() (Mounts, error)) error {
	m := Mount{Root, "/"}
	if hierarchy != "" || !OnlyV2() {
		mounts, err := find()
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(hierarchy, ",")
		mounted := false
		if m, mounted = mounts[first]; !mounted {
			return fmt.Errorf("the run is in cgroup %q of hierarchy %q, which is not mounted here", path, hierarchy)
		}
	}
	dir, name, flags := m.dir(path), "/cgroup.procs", unix.O_WRONLY
	if hierarchy == "" {
		d.common, d.mount = filepath.Clean(m.dir(commonPath(path, own))), m.Point
		name, flags = "", unix.O_PATH|unix.O_DIRECTORY
	}
	fd, err := unix.Open(dir+name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return cannotJoin(m.Point, dir+name, err)
	}
	file := os.NewFile(uintptr(fd), dir)
	if hierarchy == "" {
		d.Unified = file
	} else {
		d.Procs = append(d.Procs, file)
	}
	return onCgroupFS(fd, dir)
}

// ErrGone: a cgroup went between two looks at it.
var ErrGone = errors.New("it is not there any more")

func cannotJoin(mount, file string, err error) error {
	if linux.IgnoreMissing(err) == nil {
		return fmt.Errorf("joining the run's cgroup %q: %w", filepath.Dir(file), ErrGone)
	}
	err = fmt.Errorf("joining the run's cgroup: %w", &os.PathError{Op: "open", Path: file, Err: err})
	if errors.Is(err, unix.EROFS) {
		return problem.Of(err, WriteHint(mount))
	}
	return err
}

// commonPath is what holds both.
func commonPath(a, b string) string {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(one) && n < len(other) && one[n] == other[n] {
		n++
	}
	return "/" + strings.Trim(strings.Join(one[:n], "/"), "/")
}

// FromHere says whether the kernel lets this process send another through: in the v2
// tree whoever moves must be able to write to the cgroup that holds both ends.
func (d *Door) FromHere() error {
	if d.Unified == nil {
		return nil
	}
	procs := d.common + "/cgroup.procs"
	if err := unix.Faccessat(unix.AT_FDCWD, procs, unix.W_OK, unix.AT_EACCESS); err != nil {
		return cannotJoin(d.mount, procs, err)
	}
	return nil
}

// Close closes it.
func (d *Door) Close() {
	for _, file := range append(d.Procs, d.Unified) {
		if file != nil {
			file.Close()
		}
	}
}
