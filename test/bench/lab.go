package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// registry is where an embedded manager is found.
const registry = "/run/slimrun"

// labStage is the bench in a mount namespace of its own, where it finds no
// manager but its own: that of other runs on the machine is busy with those.
const labStage = "slimrun-bench-lab"

// runApart starts that stage at the priority that all it starts inherits, and
// hands on what would end it: the stage cleans up.
func runApart(priority int) error {
	runtime.LockOSThread() // the priority and Pdeathsig are this thread's
	// Best effort: without it the figures scatter more.
	unix.Setpriority(unix.PRIO_PROCESS, 0, priority)
	command := exec.Command("/proc/self/exe", os.Args[1:]...)
	command.Args[0] = labStage
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, ending...)
	if err := command.Start(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			command.Process.Signal(s)
		}
	}()
	return command.Wait()
}

var ending = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

func ownRegistry() error {
	if err := os.MkdirAll(registry, 0o700); err != nil {
		return err
	}
	return unix.Mount("tmpfs", registry, "tmpfs", 0, "mode=0700")
}

// lab is a place to start peers from: on the machine, or inside the embedded
// manager's namespaces, where its socket takes anybody and systemd-run finds
// it as /run/systemd/private.
type lab struct {
	here, inside *post
	holder       *exec.Cmd // the run that keeps the manager
	release      io.Closer
	manager      int
	cgroup       string // where this process came from, if it had to move
}

// openLab boots the manager, and holds it by a run that waits.
func openLab(ctx context.Context, slimrun string) (l *lab, err error) {
	l = &lab{holder: exec.Command(slimrun, "-q", "--manager", "embedded", "--", "cat")}
	l.holder.Stderr = os.Stderr
	l.holder.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is the bench's
	if l.release, err = l.holder.StdinPipe(); err != nil {
		return nil, err
	}
	if err := l.holder.Start(); err != nil {
		return nil, err
	}
	if l.manager, err = awaitManager(ctx); err == nil {
		err = l.enterGate()
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	l.here, l.inside = newPost(nil), newPost(l.enter)
	if err := errors.Join(l.here.err, l.inside.err); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// close ends the manager and waits until nothing of it is left.
func (l *lab) close() error {
	err := l.leaveGate()
	l.release.Close()
	l.holder.Wait()
	return errors.Join(err, endManager())
}

// newPost is a further thread inside, to start peers from at the same time.
func (l *lab) newPost() *post { return newPost(l.enter) }

// enter puts this thread, and what it starts, into the manager's namespaces.
func (l *lab) enter() error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	fd, err := unix.PidfdOpen(l.manager, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// PID for the children, mounts and cgroups for the thread itself.
	if err := unix.Setns(fd, unix.CLONE_NEWPID|unix.CLONE_NEWCGROUP|unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("entering the manager's namespaces: %w", err)
	}
	return unix.Chdir("/")
}

// pause sleeps, but not when the bench is to end.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
