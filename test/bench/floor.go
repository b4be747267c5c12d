package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// floorStage is the argv[0] of the floor's helper: it holds a connection to
// the manager, which only a process born in its PID namespace may open.
const floorStage = "slimrun-bench-floor"

// What the helper is told, a byte each.
const (
	passing = 1 // a scope that ends at once
	lasting = 2 // one that lasts as long as the helper
	another = 3 // a connection, until the manager has answered the greeting
)

// helper makes scopes by bare calls on a connection that stays open.
type helper struct {
	in, out *os.File
	process *os.Process
}

func (b *bench) newHelper() (*helper, error) {
	ask, in, err1 := os.Pipe()
	out, answer, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	defer ask.Close()
	defer answer.Close()
	h := &helper{in: in, out: out}
	var err error
	b.lab.inside.do(func() {
		h.process, err = os.StartProcess(executable, []string{floorStage},
			&os.ProcAttr{Env: environment, Files: []*os.File{ask, answer, os.Stderr}})
	})
	return h, err
}

// ask has the helper do one of these, and returns what it took.
func (h *helper) ask(kind byte) (time.Duration, error) {
	if _, err := h.in.Write([]byte{kind}); err != nil {
		return 0, err
	}
	var round int64
	if err := binary.Read(h.out, binary.LittleEndian, &round); err != nil {
		return 0, fmt.Errorf("the floor's helper: %w", err)
	}
	return time.Duration(round), nil
}

func (h *helper) close() {
	h.in.Close()
	h.out.Close()
	h.process.Wait()
}

// floorPeer is what no launcher that asks systemd can beat: one raw
// StartTransientUnit until JobRemoved on a connection that is open already,
// plus unshare.
func (b *bench) floorPeer() *peer {
	p := program("floor: one round + unshare", limitSet, b.lab.here, append([]string{"unshare"}, unshareArgs...)...)
	p.goal = atMost(1.4)
	if p.absent != nil {
		return p
	}
	h, err := b.newHelper()
	if err != nil {
		return p.without(err)
	}
	b.floor = h
	p.other = func() (float64, error) {
		round, err := h.ask(passing)
		if err != nil {
			return 0, err
		}
		took, err := p.post.time(p.argv())
		return ms(took + round), err
	}
	return p
}

// goFloorPeer is what no launcher in Go can beat: the floor, on a connection that
// is its own, and a program that does nothing.
func (b *bench) goFloorPeer(floor *peer) *peer {
	empty, err := b.buildEmpty()
	p := program("floor + connecting + empty Go", limitSet, b.lab.here, empty)
	if err = errors.Join(err, floor.absent, p.absent); err != nil {
		return p.without(err)
	}
	p.other = func() (float64, error) {
		below, err1 := floor.figure()
		connecting, err2 := b.floor.ask(another)
		took, err3 := p.post.time(p.argv())
		return below + ms(took+connecting), errors.Join(err1, err2, err3)
	}
	return p
}

func (b *bench) buildEmpty() (target string, err error) {
	dir := filepath.Join(b.dir, "empty")
	target = filepath.Join(dir, "empty")
	return target, errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module empty\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644),
		build(dir, target))
}

// executable is this program, as the machine sees it.
var executable, _ = os.Executable()

// runFloor is the helper's main: a round for each byte on stdin.
func runFloor() error {
	runtime.LockOSThread() // Pdeathsig is this thread's
	conn, err := dbus.Dial("unix:path=/run/systemd/private")
	if err != nil {
		return err
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal("0")}); err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 256)
	conn.Signal(signals)
	for in, n := bufio.NewReader(os.Stdin), 0; ; n++ {
		kind, err := in.ReadByte()
		if err != nil {
			return nil
		}
		took, err := serve(conn, signals, n, kind)
		if err != nil {
			return err
		}
		if err := binary.Write(os.Stdout, binary.LittleEndian, took.Nanoseconds()); err != nil {
			return err
		}
	}
}

func serve(conn *dbus.Conn, signals <-chan *dbus.Signal, n int, kind byte) (time.Duration, error) {
	if kind == another {
		return connecting()
	}
	return round(conn, signals, n, kind)
}

func connecting() (time.Duration, error) {
	start := time.Now()
	conn, err := net.Dial("unix", "/run/systemd/private")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("\x00AUTH EXTERNAL 30\r\nBEGIN\r\n")); err != nil {
		return 0, err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return time.Since(start), err
}

type property struct {
	Name  string
	Value dbus.Variant
}

type auxUnit struct {
	Name       string
	Properties []property
}

// round times one scope with the limit, for a child that is there already.
func round(conn *dbus.Conn, signals <-chan *dbus.Signal, n int, kind byte) (time.Duration, error) {
	child := exec.Command("sleep", "600")
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return 0, err
	}
	if kind == passing {
		defer child.Wait()
		defer child.Process.Kill()
	}
	time.Sleep(2 * time.Millisecond) // its exec is not the floor's
	for len(signals) > 0 {
		<-signals
	}
	start := time.Now()
	properties := []property{
		{"PIDs", dbus.MakeVariant([]uint32{uint32(child.Process.Pid)})},
		{"MemoryMax", dbus.MakeVariant(uint64(100 << 20))},
		{"CollectMode", dbus.MakeVariant("inactive-or-failed")},
	}
	var job dbus.ObjectPath
	err := conn.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1").Call("org.freedesktop.systemd1.Manager.StartTransientUnit", 0,
		fmt.Sprintf("bench-floor-%d-%d.scope", os.Getpid(), n), "fail", properties, []auxUnit{}).Store(&job)
	if err != nil {
		return 0, err
	}
	for signal := range signals {
		if signal.Name == "org.freedesktop.systemd1.Manager.JobRemoved" && signal.Body[1] == any(job) {
			return time.Since(start), nil
		}
	}
	return 0, fmt.Errorf("the connection ended")
}
