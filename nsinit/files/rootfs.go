package files

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// deviceNodes are those of the caller that a program may expect anywhere.
var deviceNodes = [...]string{"null", "zero", "full", "random", "urandom", "tty"}

// deviceLinks as udev makes them.
var deviceLinks = [...]struct{ name, target string }{
	{"fd", "/proc/self/fd"},
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
	{"ptmx", "pts/ptmx"},
}

const cgroupsPlace = "/sys/fs/cgroup"

// basePlace is which of the run's own mounts a path lies in, "" for none.
func basePlace(path string) string {
	for _, place := range [...]string{"/proc", "/sys", "/tmp", "/dev"} {
		if path == place || strings.HasPrefix(path, place+"/") {
			return place
		}
	}
	return ""
}

// baseMounts are what any root needs: /proc, /dev, /sys and /tmp.
func (j *filesJob) baseMounts() (mounts []detached, failure *Failure) {
	makers := []func() (detached, *Failure){
		j.rootProc, j.rootSys,
		func() (detached, *Failure) { return tmpfsOn("/tmp", "1777") },
		func() (detached, *Failure) { return tmpfsOn("/dev", "755") },
		func() (detached, *Failure) { return tmpfsOn("/dev/shm", "1777") },
		devpts,
	}
	if j.FreshSys { // it has an empty place for them
		makers = append(makers, func() (detached, *Failure) { return bind(cgroupsPlace, cgroupsPlace, true) })
	}
	for _, make := range makers {
		mount, failure := make()
		if failure != nil {
			return nil, failure
		}
		mounts = append(mounts, mount)
	}
	for _, name := range deviceNodes {
		node, failure := bind("/dev/"+name, "/dev/"+name, false)
		if failure != nil {
			return nil, failure
		}
		mounts = append(mounts, node)
	}
	for _, link := range deviceLinks {
		mounts = append(mounts, detached{target: "/dev/" + link.name, link: link.target})
	}
	for i := range mounts {
		mounts[i].base = true
	}
	return mounts, nil
}

// rootProc is a fresh one, if this process is of the new PID namespace; else
// the caller's, which the payload without an init covers.
func (j *filesJob) rootProc() (detached, *Failure) {
	if !j.Proc {
		return bind("/proc", "/proc", j.ReadOnly)
	}
	fd, failure := newMount("proc", plain|unix.MOUNT_ATTR_NOEXEC)
	if failure != nil {
		failure.Step, failure.Object = inside.StepProc, ""
	}
	return detached{fd: fd, target: "/proc"}, failure
}

// rootSys is the caller's, or that of the new network namespace; read-only.
func (j *filesJob) rootSys() (detached, *Failure) {
	if !j.FreshSys {
		return bind("/sys", "/sys", true)
	}
	fd, failure := newMount("sysfs", plain|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_RDONLY)
	return detached{fd: fd, target: "/sys"}, failure
}

func tmpfsOn(target, mode string) (detached, *Failure) {
	fd, failure := newTmpfs(0, mode)
	return detached{fd: fd, target: target}, failure
}

// devpts has terminals of its own; the group tty may not be mapped, so
// terminals are their users' alone.
func devpts() (detached, *Failure) {
	fd, failure := newMount("devpts", unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC, option{name: "newinstance"},
		option{"ptmxmode", "0666"}, option{"mode", "0600"})
	return detached{fd: fd, target: "/dev/pts"}, failure
}
