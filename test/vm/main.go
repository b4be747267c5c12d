// Command vm runs the end-to-end scenarios of test/e2e where slimrun is at home:
// in throw-away QEMU machines with stock Debian kernels and real systemds, and on
// this machine itself. It prints what go test prints, then a table of scenario by
// environment.
//
//	go run ./test/vm -slimrun ./slimrun                     every suite
//	go run ./test/vm -slimrun ./slimrun -suites trixie -run oom
//	go run ./test/vm -slimrun ./slimrun -suites trixie -shell
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

type options struct {
	slimrun string
	dist    string
	suites  []suite
	pattern string
	share   bool
	shell   bool
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vm:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if signal.Ignored(syscall.SIGHUP) {
		// Under nohup the scenarios would inherit that, and some ask who ignores HUP.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	lab, err := openLab(ctx)
	if err != nil {
		return err
	}
	defer lab.close()
	if err := lab.require(opts.suites); err != nil {
		return err
	}
	if err := lab.stage(opts); err != nil {
		return err
	}
	if opts.shell {
		return lab.shell(opts.suites[0])
	}
	if opts.share {
		lab.sharing = opts.suites
	}
	return report(os.Stdout, lab.runAll(opts.suites), opts.pattern == "" && len(opts.suites) == len(allSuites))
}

func parse(args []string) (options, error) {
	var opts options
	var names string
	flags := flag.NewFlagSet("vm", flag.ExitOnError)
	flags.StringVar(&opts.slimrun, "slimrun", "./slimrun", "the slimrun to test, statically linked")
	flags.StringVar(&opts.dist, "dist", "dist", "what make dist made; its .deb is installed in machines")
	flags.StringVar(&names, "suites", "", "which suites, separated by spaces or commas (default all: "+suiteNames()+")")
	flags.StringVar(&opts.pattern, "run", "", "only scenarios whose name matches this regexp")
	flags.BoolVar(&opts.share, "share", false, "a scenario that is about no machine runs in one of them")
	flags.BoolVar(&opts.shell, "shell", false, "a root shell in the suite's machine instead of its tests")
	_ = flags.Parse(args)
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("unexpected argument %q: suites are named by -suites", flags.Arg(0))
	}
	var err error
	opts.suites, err = findSuites(strings.FieldsFunc(names, func(r rune) bool { return r == ' ' || r == ',' }))
	if err == nil && opts.shell && (len(opts.suites) != 1 || opts.suites[0].native()) {
		err = errors.New("a shell needs one suite with a machine of its own, such as -suites trixie")
	}
	return opts, err
}
