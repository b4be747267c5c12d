package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	ossignal "os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// bootDeadline bounds a boot that hangs; one takes about 50 ms.
const bootDeadline = 20 * time.Second

// supervisor is the manager's parent, without which it dies.
type supervisor struct {
	registry
	tree    tree
	state   *os.File      // locked while the manager lives
	log     *os.File      // the manager's
	manager *os.Process   // nil until it is started
	dead    chan struct{} // closed when the manager is reaped
	stand   stand
}

// supervise is the supervisor's main: boot, say so, wait, tear down.
func supervise(r registry, answers *os.File) error {
	unix.CloseOnExec(bootFD)
	boot := os.NewFile(bootFD, "boot")
	ctx, stop := ossignal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	if err := resetCaller(); err != nil {
		return err
	}
	s := &supervisor{registry: r, dead: make(chan struct{})}
	if err := s.boot(ctx); err != nil {
		return errors.Join(err, s.stop())
	}
	// The launcher may be gone: the manager then ends idle.
	json.NewEncoder(answers).Encode(answer{})
	answers.Close()
	boot.Close()
	users := s.waitIdle(ctx)
	if err := s.stop(); err != nil {
		fmt.Fprintln(s.log, "slimrun-supervisor:", err)
		return err
	}
	if users == nil { // nobody's wish: the log says more
		return nil
	}
	// In this order: who waits for users finds no state, who waits for the
	// state finds nothing left.
	return errors.Join(os.Remove(s.log.Name()), s.state.Close(), users.Close())
}

// boot takes the state, cleans what a dead manager has left, and starts
// another. After an error stop removes what was made.
func (s *supervisor) boot(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, bootDeadline)
	defer cancel()
	if s.state, err = s.ownState(ctx); err != nil {
		return err
	}
	found, err := s.findTree()
	if err == nil {
		err = found.abandoned()
	}
	if err != nil {
		return err // what is there is not this manager's to clean
	}
	s.tree = found
	if err := s.clean(); err != nil {
		s.tree = nil // nothing of it is this manager's yet
		return fmt.Errorf("cleaning up after the last manager: %w", err)
	}
	if err := s.tree.create(); err != nil {
		return err
	}
	if err := os.Mkdir(s.path("systemd"), 0o755); err != nil {
		return err
	}
	return s.startManager(ctx)
}

// startManager starts systemd, waits until it is ready, and makes it known.
func (s *supervisor) startManager(ctx context.Context) error {
	ready, err := listenReady(s.path(readyName))
	if err != nil {
		return err
	}
	defer ready.Close()
	const fresh = os.O_CREATE | os.O_TRUNC | os.O_APPEND | os.O_RDWR | unix.O_NOFOLLOW
	if s.log, err = os.OpenFile(s.path("log"), fresh, 0o600); err != nil {
		return err
	}
	if err := s.clone(ctx); err != nil {
		return err
	}
	if err := ready.wait(ctx, s.dead); err != nil {
		return s.explain(err)
	}
	if dir := s.tree.cloneDir(); dir != "" {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return s.explain(fmt.Errorf("making the cgroup %q: %w", dir, err))
		}
	}
	s.stand = s.tree.standApart()
	namespace, err := pidNamespaceInode(fmt.Sprintf("/proc/%d/ns/pid", s.manager.Pid))
	if err != nil {
		return s.explain(fmt.Errorf("it died at once: %w", err))
	}
	return state{pid: s.manager.Pid, namespace: namespace}.publish(s.state)
}

// clone starts the manager's stage and waits until it is systemd: its answer
// pipe closes at the exec. A UTS namespace, because systemd sets the hostname;
// an IPC namespace, because it removes users' IPC objects.
func (s *supervisor) clone(ctx context.Context) error {
	answers, process, err := s.start(managerStage, &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig:  unix.SIGKILL, // follows this thread, to which runStage keeps us
	}, s.log)
	if err != nil {
		return explainClone(err)
	}
	defer answers.Close()
	s.manager = process
	go func() {
		process.Wait()
		close(s.dead)
	}()
	stop := context.AfterFunc(ctx, func() { answers.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var a answer
	if err := json.NewDecoder(answers).Decode(&a); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("waiting for the exec of systemd: %w", errors.Join(ctx.Err(), err))
	}
	return a.err()
}

// waitIdle returns when no run is left and none has come for a while, with
// users locked against the next; or nil when the manager is dead, or this
// process is asked to end (SIGTERM).
func (s *supervisor) waitIdle(ctx context.Context) *os.File {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-s.dead
		cancel()
	}()
	users, err := s.open("users")
	for err == nil {
		if err = linux.Lock(ctx, users, unix.LOCK_EX); err != nil {
			break
		}
		if !s.reachable() { // nobody can come any more
			return users
		}
		last := marked(users)
		unix.Flock(int(users.Fd()), unix.LOCK_UN)
		select {
		case <-time.After(s.linger):
		case <-ctx.Done():
			return nil
		}
		if unix.Flock(int(users.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && marked(users).Equal(last) {
			return users
		}
	}
	return nil
}

// marked is when the last run came.
func marked(users *os.File) time.Time {
	info, err := users.Stat()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// stop kills PID 1 of the namespace, and so all in it, and removes what boot
// has made. The state goes first: nobody joins a dying manager. Its lock stays,
// until this process ends at the latest: nobody boots before all is gone.
func (s *supervisor) stop() error {
	if s.state == nil {
		return nil
	}
	s.state.Truncate(0)
	if s.manager != nil {
		s.manager.Kill()
		<-s.dead
	}
	s.stand.leave()
	return s.clean()
}

// clean removes a dead manager's cgroups and its /run/systemd; what is there by now is
// somebody else's, if the registry was deleted meanwhile and made anew.
func (s *supervisor) clean() error {
	if s.tree == nil {
		return nil
	}
	if now, err := s.findTree(); err != nil || now[0].dir != s.tree[0].dir {
		return s.tree.remove()
	}
	return errors.Join(s.tree.remove(), os.RemoveAll(s.path("systemd")))
}
