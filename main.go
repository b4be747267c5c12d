//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0

// slimrun runs a command under limits that systemd holds and the kernel has
// been seen to enforce. See README.md; docs/design.md draws a launch.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/unit"
)

// version is set by the Makefile, from git.
var version = "unknown"

// flags is every flag of a run. Values are text here: launcher.NewSpec reads
// them, so that all problems come to light at once.
type flags struct {
	Memory     *string `short:"m" group:"Limits" placeholder:"SIZE" help:"Memory at most (MemoryMax); swap is then 0 unless --swap says otherwise."`
	Swap       *string `group:"Limits" placeholder:"SIZE" help:"Swap at most (MemorySwapMax)."`
	MemoryHigh *string `group:"Limits" placeholder:"SIZE" help:"Memory above which the run is slowed down and reclaimed from (MemoryHigh)."`
	MemoryLow  *string `group:"Limits" placeholder:"SIZE" help:"Memory that is left alone while others have some to spare (MemoryLow)."`
	MemoryMin  *string `group:"Limits" placeholder:"SIZE" help:"Memory that is never taken away (MemoryMin)."`
	CPUs       *string `name:"cpus" group:"Limits" placeholder:"N" help:"CPU time at most, in CPUs: 1.5 is 150% (CPUQuota)."`
	CPUWeight  *string `group:"Limits" placeholder:"W" help:"Share of CPU time against others, 1 to 10000 or idle (CPUWeight)."`
	CPUSet     *string `name:"cpuset" aliases:"cpuset-cpus" group:"Limits" placeholder:"LIST" help:"CPUs to run on, such as 0-2,5 (AllowedCPUs)."`
	Pids       *string `aliases:"pids-limit" group:"Limits" placeholder:"N" help:"Tasks at most, slimrun's own init among them (TasksMax)."`
	Timeout    *string `group:"Limits" placeholder:"TIME" help:"Time at most, such as 30s or 1h30min; status 124 when it is up (RuntimeMaxSec)."`
	OOM        *string `name:"oom" group:"Limits" placeholder:"kill|stop|continue" help:"What else ends when a process is killed for memory: all at once, all with grace, nothing (OOMPolicy)."`

	Property    []string `short:"p" sep:"none" group:"Scope" placeholder:"NAME=VALUE" help:"Any property of a scope, as in unit files; repeatable."`
	Slice       string   `group:"Scope" placeholder:"NAME" help:"Slice to put the scope in."`
	Name        string   `group:"Scope" placeholder:"NAME" help:"The scope's name."`
	Description string   `group:"Scope" placeholder:"TEXT" help:"The scope's description."`
	BestEffort  bool     `group:"Scope" help:"Go on, with a warning, where a limit cannot be proven."`
	Manager     string   `group:"Scope" placeholder:"system|user|embedded" help:"Which systemd to ask."`
	System      bool     `group:"Scope" help:"Same as --manager system."`
	User        bool     `group:"Scope" help:"Same as --manager user."`

	Hostname *string  `group:"Inside" placeholder:"NAME" help:"Host name inside."`
	Workdir  string   `group:"Inside" placeholder:"DIR" help:"Working directory of the command."`
	Env      []string `sep:"none" group:"Inside" placeholder:"NAME=VALUE" help:"Set a variable; repeatable."`
	PassFD   []int    `name:"pass-fd" group:"Inside" placeholder:"N" help:"Leave this file descriptor open; repeatable."`
	NoInit   bool     `group:"Inside" help:"The command itself is PID 1."`
	Share    []string `group:"Inside" placeholder:"pid,uts,mount,all" help:"Namespaces to share with the caller."`

	Report  string           `group:"Words" placeholder:"PATH|-|fd:N" help:"Write the verdict as JSON."`
	Summary bool             `group:"Words" help:"Say at the end what the run took."`
	DryRun  bool             `group:"Words" help:"Show what systemd would be asked for, and run nothing."`
	Quiet   bool             `short:"q" group:"Words" help:"Say nothing but errors."`
	Verbose bool             `short:"v" group:"Words" help:"Say what is done."`
	Version kong.VersionFlag `group:"Words" help:"Show the version."`
}

const usage = "slimrun [flags] -- COMMAND [ARG...]"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run is the whole program; its result is the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if stage, ok := unit.EmbeddedStage(args[0]); ok {
		return stage()
	}
	var f flags
	line := newCommandLine(&f, args[1:], stdout)
	helped, lineErr := line.parse()
	if helped {
		return 0
	}
	out := console.Console{Out: stdout, Err: stderr, Quiet: f.Quiet, Verbose: f.Verbose}
	spec, specErr := launcher.NewSpec(f.request(line.payload))
	switch err := errors.Join(lineErr, specErr); {
	case err != nil:
		return conclude(out, f.Report, launcher.Refused(line.payload, err))
	case f.DryRun:
		out.DryRun(launcher.PlanOf(spec))
		return 0
	}
	return conclude(out, f.Report, launcher.Run(spec, out))
}

// conclude says and writes what came of it.
func conclude(out console.Console, report string, verdict launcher.Verdict) int {
	out.Proofs(verdict.Proofs)
	out.Verdict(verdict)
	if report != "" {
		if err := launcher.WriteReport(report, verdict); err != nil {
			out.Warn(err)
		}
	}
	return verdict.Status
}

// request hands the flags over as text.
func (f *flags) request(payload []string) launcher.Request {
	r := launcher.Request{
		Argv: payload, Limits: map[string]string{}, Properties: f.Property,
		Manager: f.Manager, System: f.System, User: f.User,
		Name: f.Name, Slice: f.Slice, Description: f.Description, Share: f.Share,
		Workdir: f.Workdir, Env: f.Env, PassFDs: f.PassFD, NoInit: f.NoInit, BestEffort: f.BestEffort,
		Report: f.Report, Summary: f.Summary,
	}
	if f.Hostname != nil {
		r.Hostname, r.HasHostname = *f.Hostname, true
	}
	for flag, value := range map[string]*string{
		"memory": f.Memory, "swap": f.Swap, "memory-high": f.MemoryHigh, "memory-low": f.MemoryLow, "memory-min": f.MemoryMin,
		"cpus": f.CPUs, "cpu-weight": f.CPUWeight, "cpuset": f.CPUSet, "pids": f.Pids, "timeout": f.Timeout, "oom": f.OOM,
	} {
		if value != nil {
			r.Limits[flag] = *value
		}
	}
	return r
}

// commandLine is argv on its way to flags: slimrun's own words, and the
// payload's behind the first "--".
type commandLine struct {
	parser       *kong.Kong
	own, payload []string
	runs         bool // there is a "--"
	helped       bool // --help or --version has been answered
	problems     []error
}

func newCommandLine(f *flags, args []string, stdout io.Writer) *commandLine {
	line := &commandLine{own: args}
	if i := slices.Index(args, "--"); i >= 0 {
		line.own, line.payload, line.runs = args[:i], args[i+1:], true
	}
	line.parser = kong.Must(f, kong.Name("slimrun"), kong.Writers(stdout, io.Discard),
		kong.Description("Runs a command under limits that systemd holds and the kernel has been seen to enforce: "+usage),
		kong.DefaultEnvars("SLIMRUN"), kong.Vars{"version": "slimrun " + version},
		kong.Exit(func(int) { line.helped = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	return line
}

// parse reads the flags. The error joins every problem; kong would stop at
// the first, so it gets only words that are known to be flags.
func (l *commandLine) parse() (helped bool, err error) {
	words, command := l.normalize()
	if _, err := l.parser.Parse(words); err != nil {
		l.note("", "%v", err)
	}
	if !l.helped {
		l.needCommand(command)
	}
	return l.helped, errors.Join(l.problems...)
}

func (l *commandLine) note(hint, format string, args ...any) {
	l.problems = append(l.problems, &launcher.Problem{Err: fmt.Errorf(format, args...), Remedy: hint})
}

// normalize turns the words before the command into "--name" and
// "--name=value", noting those that are no flags.
func (l *commandLine) normalize() (words, command []string) {
	rest := l.own
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		var word string
		word, rest = l.next(rest)
		if word != "" {
			words = append(words, word)
		}
	}
	return words, rest
}

// next takes one flag, with its value, off the words.
func (l *commandLine) next(words []string) (string, []string) {
	word, rest := words[0], words[1:]
	name, value, hasValue := strings.Cut(word, "=")
	flag := l.flag(name)
	if flag == nil && !strings.HasPrefix(word, "--") && len(word) > 2 {
		// -m100M, or -qv: the first letter decides.
		if flag = l.flag(word[:2]); flag != nil && flag.IsBool() {
			return "--" + flag.Name, append([]string{"-" + word[2:]}, rest...)
		}
		value, hasValue = word[2:], true
	}
	switch {
	case flag == nil:
		l.unknown(name)
		if value := len(rest) > 1 || l.runs && len(rest) > 0; value && !hasValue && !strings.HasPrefix(rest[0], "-") {
			rest = rest[1:]
		}
		return "", rest
	case hasValue:
		return "--" + flag.Name + "=" + value, rest
	case flag.IsBool():
		return "--" + flag.Name, rest
	case len(rest) == 0 || l.flag(rest[0]) != nil:
		l.note("write --"+flag.Name+" "+flag.PlaceHolder, "--%s: its value is missing", flag.Name)
		return "", rest
	}
	return "--" + flag.Name + "=" + rest[0], rest[1:]
}

// flag finds a flag by "--name", an alias of it, or "-n"; nil for none.
func (l *commandLine) flag(word string) *kong.Flag {
	for _, flag := range l.parser.Model.Flags {
		if word == "--"+flag.Name || flag.Short != 0 && word == "-"+string(flag.Short) {
			return flag
		}
		if name, ok := strings.CutPrefix(word, "--"); ok && slices.Contains(flag.Aliases, name) {
			return flag
		}
	}
	return nil
}

func (l *commandLine) unknown(name string) {
	var names []string
	for _, flag := range l.parser.Model.Flags {
		names = append(names, "--"+flag.Name)
		for _, alias := range flag.Aliases {
			names = append(names, "--"+alias)
		}
	}
	hint := "slimrun --help lists the flags"
	if near := unit.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	l.note(hint, "unknown flag %s", name)
}

// needCommand: a run has "--" and a command behind it, and only flags before.
func (l *commandLine) needCommand(before []string) {
	switch {
	case len(before) > 0 && l.runs:
		l.note(usage, `%q stands before "--": only flags do`, before[0])
	case len(before) > 0:
		flags := l.own[:len(l.own)-len(before)]
		line := slices.Concat([]string{"slimrun"}, flags, []string{"--"}, before)
		l.note(console.QuoteAll(line), `%q: a command stands behind "--"`, before[0])
	case !l.runs:
		l.note(usage, "no command")
	case len(l.payload) == 0:
		l.note(usage, `no command behind "--"`)
	}
}
