package signals

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
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
		"a fault: runtime error: invalid memory address", "a pipe: broken pipe", "from outside: [11 23 34]", "a flood: [10 40*3000]",
	} {
		if !strings.Contains(string(said), want) {
			t.Errorf("%q is missing in %s (%v)", want, said, err)
		}
	}
}

// What comes when the payload has ended, and before somebody looks, is not lost.
func TestSinceOver(t *testing.T) {
	came := func() bool { _, any := SinceOver().Any(Ends()); return any }
	Over()
	if came() {
		t.Error("something came, and nothing did")
	}
	atomic.AddUint32(&counts[syscall.SIGTERM], 1)
	if !came() {
		t.Error("what came is lost")
	}
	Over()
	if came() {
		t.Error("what came before is told")
	}
}

func tellSignals(t *testing.T) {
	if _, err := Listen(func(*Listener) {}); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(func(*Listener) {}) // the second takes over
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
	sh := exec.Command("sh", "-c", "for s in SEGV URG RTMIN; do kill -$s "+strconv.Itoa(os.Getpid())+"; done")
	if err := sh.Run(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, "from outside:", taken(t, l, sh.Process.Pid))
	flood(syscall.SIGUSR1, 1000)
	flood(40, 3000)
	fmt.Fprintln(os.Stderr, "a flood:", taken(t, l, os.Getpid()))
}

// taken are the signals that came, with the number of those that the kernel
// queues.
func taken(t *testing.T, l *Listener, sender int) (said []string) {
	t.Helper()
	<-l.Came
	for _, heard := range l.Take() {
		if heard.Sender != sender {
			t.Errorf("%v is from %d, want %d", heard.Signal, heard.Sender, sender)
		}
		one := strconv.Itoa(int(heard.Signal))
		if heard.Signal >= 32 && heard.Times > 1 {
			one += "*" + strconv.Itoa(int(heard.Times))
		}
		said = append(said, one)
	}
	return said
}

// flood sends, and waits for what the kernel has queued: it may have chosen another
// thread than the one that sends.
func flood(s syscall.Signal, times int) {
	before := atomic.LoadUint32(&counts[s])
	for range times {
		syscall.Kill(os.Getpid(), s)
	}
	came := func() bool {
		n := atomic.LoadUint32(&counts[s]) - before
		return n == uint32(times) || s < 32 && n > 0
	}
	for end := time.Now().Add(10 * time.Second); !came() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
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
		if _, err := Listen(func(*Listener) {}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("ready\n")
		StopSelf(syscall.SIGTTIN)
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
