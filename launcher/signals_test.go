package launcher

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The runtime keeps its own faults and broken pipes; the same signals from
// somebody else are the payload's. In a process of its own: handlers stay.
func TestFaultsStayTheRuntimes(t *testing.T) {
	const child = "SLIMRUN_TEST_SIGNALS"
	if os.Getenv(child) != "" {
		tellSignals(t)
		return
	}
	command := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), child+"=1")
	said, err := command.CombinedOutput()
	for _, want := range []string{
		"a fault: runtime error: invalid memory address", "a pipe: broken pipe", "from outside: [11]", "a flood: [10]", "realtime: [40 40 40]",
	} {
		if !strings.Contains(string(said), want) {
			t.Errorf("%q is missing in %s (%v)", want, said, err)
		}
	}
}

func tellSignals(t *testing.T) {
	pipe, err := handle(caught())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, "a fault:", fault())
	var ends [2]int
	if err := errors.Join(unix.Pipe2(ends[:], unix.O_CLOEXEC), unix.Close(ends[0]), unix.Dup3(ends[1], 1, 0)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Println("nobody reads this")
	fmt.Fprintln(os.Stderr, "a pipe:", errors.Unwrap(err))
	if err := exec.Command("sh", "-c", "kill -SEGV "+strconv.Itoa(os.Getpid())).Run(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, "from outside:", cameThrough(t, pipe))
	flood(syscall.SIGUSR1, 1000)
	fmt.Fprintln(os.Stderr, "a flood:", cameThrough(t, pipe))
	flood(40, 3)
	fmt.Fprintln(os.Stderr, "realtime:", cameThrough(t, pipe))
}

func cameThrough(t *testing.T, pipe *os.File) []byte {
	time.Sleep(50 * time.Millisecond) // another thread may still be at it
	var got [64]byte
	n, err := pipe.Read(got[:])
	if err != nil {
		t.Fatal(err)
	}
	return got[:n]
}

func flood(s syscall.Signal, times int) {
	for range times {
		syscall.Kill(os.Getpid(), s)
	}
}

func fault() (err any) {
	defer func() { err = recover() }()
	var nowhere *int
	return *nowhere
}

// A stop that a terminal raises meanwhile is the same stop: continued once,
// slimrun goes on.
func TestStopSelfStopsOnce(t *testing.T) {
	const child = "SLIMRUN_TEST_STOP"
	if os.Getenv(child) != "" {
		if _, err := handle(caught()); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("ready\n")
		stopSelf(syscall.SIGTTIN)
		os.Exit(0)
	}
	for range 100 {
		command := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
		command.Env = append(os.Environ(), child+"=1")
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		if stops := stopsUnderFire(t, command); stops != 1 {
			t.Fatalf("stopped %d times, want once", stops)
		}
	}
}

// stopsUnderFire sends SIGTTIN until the process has stopped, continues it
// whenever it has, and counts that.
func stopsUnderFire(t *testing.T, command *exec.Cmd) (stops int) {
	t.Helper()
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 8))
	}
	if err != nil {
		t.Fatal(err)
	}
	for pid, status := command.Process.Pid, syscall.WaitStatus(0); ; {
		if stops == 0 {
			syscall.Kill(-pid, syscall.SIGTTIN)
		}
		got, err := syscall.Wait4(pid, &status, syscall.WUNTRACED|syscall.WNOHANG, nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case got == pid && status.Stopped():
			stops++
			syscall.Kill(pid, syscall.SIGCONT)
		case got == pid:
			return stops
		}
	}
}
