package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// stage puts the programs under test, for each architecture that is asked for, where
// every user of every suite can run them: slimrun, once more as go install builds it, and
// the scenarios with what runs them in one static binary.
func (l *lab) stage(opts options) error {
	l.named = opts.pattern
	done := map[string]bool{}
	for _, s := range opts.suites {
		arch := s.architecture()
		if done[arch] {
			continue
		}
		done[arch] = true
		program := opts.slimrun
		if arch != here {
			program += "-" + arch
		}
		if err := l.stageFor(arch, program, opts.dist); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) stageFor(arch, slimrun, dist string) error {
	if err := os.MkdirAll(filepath.Dir(l.slimrun(arch)), 0o755); err != nil {
		return err
	}
	if err := copyProgram(l.slimrun(arch), slimrun); err != nil {
		return fmt.Errorf("no slimrun for %s to test: %w: build it with make %s", arch, err, filepath.Base(slimrun))
	}
	if err := l.stagePackage(arch, dist); err != nil {
		return err
	}
	if err := goFor(arch, "build", "-o", l.slimrun(arch)+"-plain", "."); err != nil {
		return err
	}
	return goFor(arch, "test", "-c", "-trimpath", "-ldflags=-s -w", "-o", l.tests(arch), "./test/e2e")
}

func goFor(arch string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
	return output(cmd)
}

// stagePackage adds the .deb, where there is one of just this slimrun: it is built by the
// same line, so it has the same bytes.
func (l *lab) stagePackage(arch, dist string) error {
	debs, _ := filepath.Glob(filepath.Join(dist, "slimrun_*_"+arch+".deb"))
	if len(debs) != 1 {
		return nil
	}
	tree := filepath.Join(l.dir, "deb-"+arch)
	if err := output(exec.Command("dpkg-deb", "-x", debs[0], tree)); err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if exec.Command("cmp", "-s", l.slimrun(arch), filepath.Join(tree, "usr/bin/slimrun")).Run() != nil {
		fmt.Printf("vm: %s holds another slimrun: make dist\n", debs[0])
		return nil
	}
	return copyProgram(filepath.Join(l.stageDir(arch), "slimrun.deb"), debs[0])
}

func (l *lab) stageDir(arch string) string { return filepath.Join(l.dir, "stage", arch) }
func (l *lab) slimrun(arch string) string  { return filepath.Join(l.stageDir(arch), "bin", "slimrun") }
func (l *lab) tests(arch string) string    { return filepath.Join(l.stageDir(arch), "e2e.test") }

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
