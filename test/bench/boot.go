package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stateFile names the manager: "PID NAMESPACE", nothing while there is none.
const stateFile = registry + "/embedded/state"

const bootCount = 15

// boots times first runs: from nothing to the end of a run under a manager
// that was booted for it.
func boots(ctx context.Context, slimrun string) (boot sample, err error) {
	for range bootCount {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		start := time.Now()
		out, err := exec.Command(slimrun, "-q", "--manager", "embedded", "--", "true").CombinedOutput()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("booting the embedded manager: %w: %s", err, lastLine(out)),
				endManager())
		}
		boot = append(boot, ms(time.Since(start)))
		if err := endManager(); err != nil {
			return nil, err
		}
	}
	return boot, nil
}

// awaitManager waits until the manager that a run boots is known.
func awaitManager(ctx context.Context) (int, error) {
	for range 1000 {
		if pid, err := managerPID(); err == nil {
			return pid, nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("no embedded manager after 10 s")
}

func managerPID() (int, error) {
	content, err := os.ReadFile(stateFile)
	if err != nil {
		return 0, fmt.Errorf("finding the embedded manager: %w", err)
	}
	pid, _, _ := strings.Cut(string(content), " ")
	return strconv.Atoi(pid)
}

// endManager asks the manager's supervisor to end at once, not when it has
// been idle for long enough, and waits until it has cleaned up.
func endManager() error {
	manager, err := managerPID()
	if err != nil {
		return nil // there is none
	}
	status := fmt.Sprintf("/proc/%d/status", manager)
	supervisor := field(status, "PPid:")
	if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", supervisor)); !strings.HasPrefix(string(name), "slimrun-") {
		return nil // ended by itself
	}
	fd, err := unix.PidfdOpen(supervisor, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0)
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if n, _ := unix.Poll(fds, 1000); n > 0 {
			return nil
		}
	}
	return fmt.Errorf("the embedded manager's supervisor (process %d) does not end", supervisor)
}
