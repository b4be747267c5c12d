package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// runMachine runs one suite in a machine of its own, which is switched off at the
// end, by itself or by force.
func (l *lab) runMachine(s suite) *result {
	res := newResult(s)
	img, built, err := l.imageOf(s)
	res.phase(map[bool]string{false: "image", true: "image built"}[built])
	if err != nil {
		return res.failed(err)
	}
	drive := filepath.Join(l.dir, s.name+".ext4")
	if err := l.drive(s, img, "test", drive); err != nil {
		return res.failed(err)
	}
	defer os.Remove(drive)
	limit := bootLimit + time.Duration(len(s.users))*l.userLimit()
	ctx, cancel := context.WithTimeout(l.ctx, limit)
	defer cancel()
	if err := l.boot(ctx, res, img, drive); err != nil {
		return res.failed(fmt.Errorf("%w\n%s", err, l.tail(s, "console")))
	}
	return res
}

// boot runs the machine and reads its second serial port to the end. A machine
// that does not come up in time is ended early.
func (l *lab) boot(ctx context.Context, res *result, img image, drive string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	console, err := l.log(res.suite, "console")
	if err != nil {
		return err
	}
	console.Close()
	transcript, err := l.log(res.suite, "transcript")
	if err != nil {
		return err
	}
	defer transcript.Close()
	cmd := qemu(ctx, res.suite, img, drive, "file:"+console.Name(), "stdio")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = transcript
	if err := cmd.Start(); err != nil {
		return err
	}
	up := time.AfterFunc(bootLimit, func() { cancel(fmt.Errorf("the machine was not up after %s", bootLimit)) })
	res.read(io.TeeReader(out, transcript), func() { up.Stop() })
	err = cmd.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if !res.done {
		return fmt.Errorf("the machine ended before its tests did (%v)", err)
	}
	return nil
}

// tail is the end of a log, for people who see only this output.
func (l *lab) tail(s suite, name string) string {
	file := filepath.Join(l.cache, "log", s.name, name)
	data, _ := os.ReadFile(file)
	return fmt.Sprintf("--- the end of %s:\n%s", file, data[max(0, len(data)-4000):])
}

// shell boots the suite's machine with a root shell on this terminal.
func (l *lab) shell(s suite) error {
	img, _, err := l.imageOf(s)
	if err != nil {
		return err
	}
	drive := filepath.Join(l.dir, s.name+".ext4")
	if err := l.drive(s, img, "shell", drive); err != nil {
		return err
	}
	fmt.Printf("vm: %s boots; slimrun is in PATH, exit switches it off, Ctrl-A X at any time\n", s.name)
	cmd := qemu(l.ctx, s, img, drive, "mon:stdio", "null")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
