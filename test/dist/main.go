// Command dist makes what people install: for each binary that lies in DIR/ARCH/slimrun a
// tarball, a .deb, a .rpm and an SBOM, and over all of them SHA256SUMS. The same commit
// gives the same bytes: times come from SOURCE_DATE_EPOCH, order from names, and nothing
// from this machine.
//
// It stands in test/ beside vm and bench, the other programs that are no part of slimrun;
// check, beside it, tries what it makes.
//
//	go run ./test/dist -version 0.9.0 -nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2 dist
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// A release is what all that is made at once shares.
type release struct {
	dir     string // where the binaries are, and all the rest goes
	version string
	nfpm    string // the package of nfpm's command, with its version
	time    time.Time
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var r release
	flags := flag.NewFlagSet("dist", flag.ExitOnError)
	flags.StringVar(&r.version, "version", "", "the version, such as 0.9.0 or 0.9.0+5.g1a2b3c4")
	flags.StringVar(&r.nfpm, "nfpm", "", "nfpm's command, as go run takes it: PACKAGE@VERSION")
	_ = flags.Parse(args)
	if flags.NArg() != 1 || r.version == "" || r.nfpm == "" {
		return errors.New("usage: dist -version VERSION -nfpm PACKAGE@VERSION DIR")
	}
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return errors.New("SOURCE_DATE_EPOCH must be the commit's time in seconds; make dist takes it from git")
	}
	r.time = time.Unix(seconds, 0).UTC()
	if r.dir, err = filepath.Abs(flags.Arg(0)); err != nil {
		return err
	}
	binaries, err := filepath.Glob(filepath.Join(r.dir, "*", "slimrun"))
	if err != nil || len(binaries) == 0 {
		return fmt.Errorf("no binary in %s: make dist builds them", r.dir)
	}
	for _, binary := range binaries {
		if err := r.make(filepath.Base(filepath.Dir(binary))); err != nil {
			return err
		}
	}
	for _, binary := range binaries {
		if err := os.RemoveAll(filepath.Dir(binary)); err != nil {
			return err
		}
	}
	return r.sums()
}

// make turns one architecture's binary into all that is made of it, in that folder.
func (r release) make(arch string) error {
	work := filepath.Join(r.dir, arch)
	parts, err := partsOf(filepath.Join(work, "slimrun"))
	if err != nil {
		return err
	}
	if err := r.layOut(work, parts); err != nil {
		return err
	}
	name := fmt.Sprintf("slimrun-%s-linux-%s", r.version, arch)
	if err := writeFile(filepath.Join(r.dir, name+".cdx.json"), r.sbom(arch, parts)); err != nil {
		return err
	}
	if err := r.tarball(filepath.Join(work, "tree"), name); err != nil {
		return err
	}
	return r.packages(work, arch)
}

// runnable is the binary that this machine can run, for what slimrun itself writes.
func (r release) runnable() string { return filepath.Join(r.dir, runtime.GOARCH, "slimrun") }

// output is what a command writes; its other words come with its failure.
func output(cmd *exec.Cmd) ([]byte, error) {
	data, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("%s: %w\n%s%s", cmd, err, data, exit.Stderr)
	}
	return data, err
}
