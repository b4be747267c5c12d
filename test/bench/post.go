package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// post is a thread that does what it is told. It is where peers are started
// from, so that no nsenter counts against one.
type post struct {
	work   chan func()
	stderr *os.File // of what it starts, for who wants to know why it failed
	err    error
}

func newPost(prepare func() error) *post {
	p := &post{work: make(chan func())}
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its work
		if p.stderr, p.err = memoryFile(); p.err == nil && prepare != nil {
			p.err = prepare()
		}
		close(ready)
		for f := range p.work {
			f()
		}
	}()
	<-ready
	return p
}

func memoryFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("stderr", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a file for the peers' stderr: %w", err)
	}
	return os.NewFile(uintptr(fd), "stderr"), nil
}

func (p *post) close() {
	close(p.work)
	p.stderr.Close()
}

func (p *post) do(f func()) {
	done := make(chan struct{})
	p.work <- func() { f(); close(done) }
	<-done
}

// time runs a command to its end. Any status but 0 is an error.
func (p *post) time(argv []string) (took time.Duration, err error) {
	p.do(func() {
		start := time.Now()
		err = waitFor(p.start(argv, null, null))
		took = time.Since(start)
	})
	return took, p.explain(argv, err)
}

// try is for commands that are not measured.
func (p *post) try(argv []string) error {
	_, err := p.time(argv)
	return err
}

// start is for the post's own thread, in do.
func (p *post) start(argv []string, stdin, stdout *os.File) (*os.Process, error) {
	return os.StartProcess(argv[0], argv, &os.ProcAttr{Env: environment, Files: []*os.File{stdin, stdout, p.stderr}})
}

func waitFor(process *os.Process, err error) error {
	if err != nil {
		return err
	}
	state, err := process.Wait()
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return err
}

// explain adds a failed command's last words.
func (p *post) explain(argv []string, err error) error {
	if err == nil {
		return nil
	}
	words := make([]byte, 1<<16)
	n, _ := p.stderr.ReadAt(words, 0)
	p.stderr.Truncate(0)
	p.stderr.Seek(0, 0)
	return fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, lastLine(words[:n]))
}

func lastLine(words []byte) string {
	words = bytes.TrimSpace(words)
	return string(words[bytes.LastIndexByte(words, '\n')+1:])
}

var (
	null, _     = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	environment = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}
)

// path finds a program, "" where it is not installed.
func path(name string) string {
	found, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return found
}
