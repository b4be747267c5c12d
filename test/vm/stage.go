package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// stage puts the programs under test where every user of every suite can run
// them: slimrun, and the scenarios with what runs them in one static binary.
func (l *lab) stage(slimrun, pattern string) error {
	l.pattern = "^TestScenarios$"
	if pattern != "" {
		l.pattern += "/(?:" + pattern + ")"
	}
	if err := os.MkdirAll(filepath.Dir(l.slimrun()), 0o755); err != nil {
		return err
	}
	if err := copyProgram(l.slimrun(), slimrun); err != nil {
		return fmt.Errorf("no slimrun to test: %w: build it with make build", err)
	}
	build := exec.Command("go", "test", "-c", "-trimpath", "-ldflags=-s -w", "-o", l.tests(), "./test/e2e")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	return output(build)
}

func (l *lab) stageDir() string { return filepath.Join(l.dir, "stage") }
func (l *lab) slimrun() string  { return filepath.Join(l.stageDir(), "bin", "slimrun") }
func (l *lab) tests() string    { return filepath.Join(l.stageDir(), "e2e.test") }

func copyProgram(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err = io.Copy(dst, src); err != nil {
		return err
	}
	return dst.Close()
}
