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
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/doctor"
	_ "github.com/slimrun/slimrun/launcher/oneproc"
	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/launcher/version"
	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
)

// flags is every flag of a run. Values are text here: spec.New reads
// them, so that all problems come to light at once.
type flags struct {
	Memory      *string  `short:"m" group:"Limits" placeholder:"SIZE" help:"Memory at most (MemoryMax); swap is then 0 unless --swap says otherwise."`
	Swap        *string  `group:"Limits" placeholder:"SIZE" help:"Swap at most (MemorySwapMax)."`
	MemoryHigh  *string  `group:"Limits" placeholder:"SIZE" help:"Memory above which the run is slowed down and reclaimed from (MemoryHigh)."`
	MemoryLow   *string  `aliases:"memory-reservation" group:"Limits" placeholder:"SIZE" help:"Memory that is left alone while others have some to spare (MemoryLow); Docker's --memory-reservation is the same."`
	MemoryMin   *string  `group:"Limits" placeholder:"SIZE" help:"Memory that is never taken away (MemoryMin)."`
	MemorySwap  *string  `group:"Limits" placeholder:"SIZE" help:"Docker's: memory and swap together at most, -1 for no limit; that is --swap SIZE minus --memory."`
	CPUs        *string  `name:"cpus" group:"Limits" placeholder:"N" help:"CPU time at most, in CPUs: 1.5 is 150% (CPUQuota)."`
	CPUWeight   *string  `group:"Limits" placeholder:"W" help:"Share of CPU time against others, 1 to 10000 or idle (CPUWeight)."`
	CPUShares   *string  `group:"Limits" placeholder:"N" help:"Docker's: --cpu-weight on a scale where 1024 is the usual."`
	CPUSet      *string  `name:"cpuset" aliases:"cpuset-cpus" group:"Limits" placeholder:"LIST" help:"CPUs to run on, such as 0-2,5 (AllowedCPUs); Docker's --cpuset-cpus is the same."`
	IOWeight    *string  `name:"io-weight" group:"Limits" placeholder:"W" help:"Share of disk time against others, 1 to 10000 (IOWeight)."`
	IOReadBps   []string `name:"io-read-bps" sep:"none" group:"Limits" placeholder:"DEV:RATE" help:"Bytes a second read from a device at most (IOReadBandwidthMax); repeatable."`
	IOWriteBps  []string `name:"io-write-bps" sep:"none" group:"Limits" placeholder:"DEV:RATE" help:"Bytes a second written to it (IOWriteBandwidthMax); repeatable."`
	IOReadIOPS  []string `name:"io-read-iops" sep:"none" group:"Limits" placeholder:"DEV:RATE" help:"Reads a second (IOReadIOPSMax); repeatable."`
	IOWriteIOPS []string `name:"io-write-iops" sep:"none" group:"Limits" placeholder:"DEV:RATE" help:"Writes a second (IOWriteIOPSMax); repeatable."`
	Pids        *string  `aliases:"pids-limit" group:"Limits" placeholder:"N" help:"Tasks at most, slimrun's own init among them (TasksMax); Docker's --pids-limit is the same."`
	Timeout     *string  `group:"Limits" placeholder:"TIME" help:"Time at most, such as 30s or 1h30min; status 124 when it is up (RuntimeMaxSec)."`
	OOM         *string  `name:"oom" group:"Limits" placeholder:"kill|stop|continue" help:"What else ends when a process is killed for memory: all at once, all with grace, nothing (OOMPolicy)."`

	Ulimit      []string `sep:"none" group:"Process" placeholder:"NAME=SOFT[:HARD]" help:"A resource limit of each process, such as nofile=1024:4096; repeatable."`
	Nice        *string  `group:"Process" placeholder:"N" help:"Nice value, -20 to 19."`
	OOMScoreAdj *string  `name:"oom-score-adj" group:"Process" placeholder:"N" help:"Who is killed first when memory is short: -1000 (never) to 1000."`
	CPUSched    *string  `name:"cpu-sched" group:"Process" placeholder:"normal|batch|idle" help:"Scheduling policy."`

	Property    []string `short:"p" sep:"none" group:"Scope" placeholder:"NAME=VALUE" help:"Any property of a scope, as in unit files; repeatable."`
	Slice       string   `group:"Scope" placeholder:"NAME" help:"Slice to put the scope in."`
	SliceLimit  []string `sep:"none" group:"Scope" placeholder:"FLAG=VALUE" help:"A limit of the slice itself, shared by all that is in it, such as memory=8G; repeatable."`
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
	Tell     bool     `group:"Inside" help:"Tell runtimes of the limits: GOMEMLIMIT, GOMAXPROCS, JAVA_TOOL_OPTIONS and NODE_OPTIONS, where they are not set."`
	NoInit   bool     `group:"Inside" help:"The command itself is PID 1."`
	Share    []string `group:"Inside" placeholder:"pid,uts,mount,user,all" help:"Namespaces to share with the caller."`
	Unshare  []string `group:"Inside" placeholder:"ipc,net,cgroup,time,user" help:"Namespaces to have of its own too: net with a loopback, cgroup with the scope as the root of a read-only /sys/fs/cgroup."`

	Root     string   `group:"Files" placeholder:"DIR" help:"Root file system; it gets /proc, a minimal /dev, /sys read-only, and a /tmp that counts against --memory."`
	Overlay  string   `group:"Files" placeholder:"DIR|-" help:"Keep changes to --root in DIR, or in a tmpfs that counts against --memory and goes with the run."`
	Bind     []string `sep:"none" group:"Files" placeholder:"SRC[:DST][:ro]" help:"Show a file or directory inside; repeatable."`
	Tmpfs    []string `sep:"none" group:"Files" placeholder:"DST[:SIZE]" help:"An empty tmpfs; what is in it counts against --memory; repeatable."`
	ReadOnly bool     `group:"Files" help:"All but --bind and --tmpfs is read-only."`

	UID     *string  `name:"uid" group:"Identity" placeholder:"USER" help:"Run as this user, by name or number; for a user who is not root the caller looks so inside."`
	GID     *string  `name:"gid" group:"Identity" placeholder:"GROUP" help:"Run as this group."`
	Groups  []string `group:"Identity" placeholder:"GROUP,..." help:"Other groups; with --uid or --gid there are none else."`
	MapRoot bool     `group:"Identity" help:"Root inside, in a user namespace; outside the caller, or nobody for root."`
	MapAuto bool     `group:"Identity" help:"Root inside, and the caller's subordinate ids from 1 on (newuidmap, newgidmap)."`

	CapDrop    []string `group:"Security" placeholder:"all|NAME" help:"Capabilities to take away for good; repeatable."`
	CapAdd     []string `group:"Security" placeholder:"NAME" help:"Capabilities to keep from --cap-drop, and to give whoever is not root; repeatable."`
	NoNewPrivs *bool    `group:"Security" help:"No set-uid program gives more; on for who is not root, with --root and with --seccomp, unless =false."`
	PrivateTTY bool     `name:"private-tty" group:"Security" help:"A terminal of the command's own, so that it cannot type into the caller's or change its modes."`
	Seccomp    string   `group:"Security" placeholder:"default|FILE" help:"System calls to refuse: slimrun's own list, or an OCI runtime's profile."`

	Profile string      `group:"Words" placeholder:"NAME" help:"Take flags from the file NAME in ~/.config/slimrun/profiles or /etc/slimrun/profiles; flags and variables beat it."`
	Report  string      `group:"Words" placeholder:"PATH|-|fd:N" help:"Write the verdict as JSON."`
	Summary bool        `group:"Words" help:"Say at the end what the run took."`
	DryRun  bool        `group:"Words" help:"Show what systemd would be asked for, and run nothing."`
	Quiet   bool        `short:"q" group:"Words" help:"Say nothing but errors."`
	Verbose bool        `short:"v" group:"Words" help:"Say what is done."`
	Version versionFlag `env:"-" group:"Words" help:"Show the version."`
}

// versionFlag is kong's, but for the text: that is made when it is asked for.
type versionFlag bool

// BeforeReset is called by kong for the flag, before anything is wrong with others.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, "slimrun", version.String())
	app.Exit(0)
	return nil
}

// words are the commands that manage: `slimrun WORD`, never behind "--".
type words struct {
	Doctor struct {
		JSON bool `name:"json" help:"As JSON."`
	} `cmd:"" help:"Say what works here for this user, and how to mend what does not; status 0 if runs work."`
	Completion struct {
		Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
	} `cmd:"" help:"Write a shell's completion, as in: source <(slimrun completion bash)."`
}

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run is the whole program; its result is the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if stage, ok := embedded.Stage(args[0]); ok {
		return stage()
	}
	if len(args) > 1 && isWord(args[1]) {
		return manage(args[1:], console.Console{Out: stdout, Err: stderr})
	}
	var f flags
	asked, line, helped, err := f.read(args[1:], stdout, (*cmdline.Line).OwnProfile)
	if helped {
		return 0
	}
	out := console.Console{Out: stdout, Err: stderr, Quiet: f.Quiet, Verbose: f.Verbose}
	switch {
	case err != nil:
		return conclude(out, f.Report, verdict.Refused(line.Payload, err))
	case f.DryRun:
		out.DryRun(plan.Of(asked))
		return 0
	}
	return conclude(out, f.Report, launcher.Run(asked, out))
}

// read is the way from argv to a spec. What a profile is to blame for names
// its file and line.
func (f *flags) read(args []string, stdout io.Writer, profile profileOf) (asked spec.Spec, line *cmdline.Line, helped bool, err error) {
	line, settings, helped, lineErr := f.parse(args, stdout, profile)
	if helped {
		return asked, line, true, nil
	}
	asked, specErr := spec.New(f.request(line.Payload))
	return asked, line, false, settings.Blame(errors.Join(lineErr, specErr), func(other *cmdline.Profile) error {
		var again flags
		line, _, _, lineErr := again.parse(args, io.Discard, func(*cmdline.Line) (*cmdline.Profile, error) { return other, nil })
		_, specErr := spec.New(again.request(line.Payload))
		return errors.Join(lineErr, specErr)
	})
}

// profileOf is where a command line's profile comes from.
type profileOf func(*cmdline.Line) (*cmdline.Profile, error)

// resolve gives kong the profile's values: flags and the environment beat it.
func resolve(profile *cmdline.Profile) kong.Option {
	return kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if slices.ContainsFunc(flag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
			return nil, nil
		}
		return profile.Value(flag.Name), nil
	}))
}

// manage does what a word says.
func manage(args []string, out console.Console) int {
	var w words
	helped := false
	parser := kong.Must(&w, kong.Name("slimrun"), kong.Writers(out.Out, io.Discard),
		kong.Description("A word manages; a run is slimrun [flags] -- COMMAND [ARG...]"),
		kong.Exit(func(int) { helped = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	ctx, err := parser.Parse(args)
	switch {
	case helped:
		return 0
	case err != nil:
		out.Error(problem.Of(err, "slimrun "+args[0]+" --help; slimrun -- "+console.QuoteAll(args)+" runs a program of that name"))
		return verdict.StatusFailed
	}
	switch ctx.Command() {
	case "doctor":
		return out.Checkup(doctor.Examine(version.String(), func(asked spec.Spec) verdict.Verdict { return launcher.Run(asked, out) }), w.Doctor.JSON)
	case "completion <shell>":
		script := cmdline.Scripts[w.Completion.Shell]
		return out.Script(script(describe(newParser(new(flags), out.Out, new(bool)).Model.Flags), describeWords(parser.Model.Children)))
	}
	return verdict.StatusFailed
}

func describeWords(model []*kong.Node) (described []cmdline.Word) {
	for _, word := range model {
		one := cmdline.Word{Name: word.Name, Help: word.Help}
		for _, flag := range word.Flags {
			one.Args = append(one.Args, "--"+flag.Name)
		}
		for _, arg := range word.Positional {
			one.Args = append(one.Args, arg.EnumSlice()...)
		}
		described = append(described, one)
	}
	return described
}

// isWord looks words up without the cost of a parser.
func isWord(name string) bool {
	_, ok := reflect.TypeFor[words]().FieldByNameFunc(func(field string) bool { return strings.ToLower(field) == name })
	return ok
}

// conclude says and writes what came of it.
func conclude(out console.Console, report string, v verdict.Verdict) int {
	out.Proofs(append(v.Proofs, v.SliceProofs...))
	out.Verdict(v)
	if report != "" {
		if err := verdict.WriteReport(report, v); err != nil {
			out.Warn(err)
		}
	}
	return v.Status
}

// request hands the flags over as text.
func (f *flags) request(payload []string) spec.Request {
	r := spec.Request{
		Argv: payload, Limits: map[string]string{}, Properties: f.Property,
		Manager: f.Manager, System: f.System, User: f.User,
		Name: f.Name, Slice: f.Slice, SliceLimits: f.SliceLimit, Tell: f.Tell, Description: f.Description, Share: f.Share, Unshare: f.Unshare,
		Workdir: f.Workdir, Env: f.Env, PassFDs: f.PassFD, NoInit: f.NoInit, BestEffort: f.BestEffort,
		Report: f.Report, Summary: f.Summary, PrivateTTY: f.PrivateTTY,
	}
	if f.Hostname != nil {
		r.Hostname, r.HasHostname = *f.Hostname, true
	}
	r.Identity = spec.IdentityRequest{UID: f.UID, GID: f.GID, Groups: f.Groups, MapRoot: f.MapRoot, MapAuto: f.MapAuto}
	r.Files = spec.FileRequest{Root: f.Root, Overlay: f.Overlay, ReadOnly: f.ReadOnly, Binds: f.Bind, Tmpfs: f.Tmpfs}
	r.Attributes = spec.AttributeRequest{Ulimits: f.Ulimit, Nice: f.Nice, OOMScoreAdj: f.OOMScoreAdj, CPUSched: f.CPUSched}
	r.Guard = spec.GuardRequest{CapDrop: f.CapDrop, CapAdd: f.CapAdd, NoNewPrivs: f.NoNewPrivs, Seccomp: f.Seccomp}
	for flag, value := range map[string]*string{
		"memory": f.Memory, "swap": f.Swap, "memory-high": f.MemoryHigh, "memory-low": f.MemoryLow, "memory-min": f.MemoryMin,
		"memory-swap": f.MemorySwap, "cpus": f.CPUs, "cpu-weight": f.CPUWeight, "cpu-shares": f.CPUShares, "cpuset": f.CPUSet,
		"pids": f.Pids, "timeout": f.Timeout, "oom": f.OOM,
		"io-weight": f.IOWeight, "io-read-bps": lines(f.IOReadBps), "io-write-bps": lines(f.IOWriteBps),
		"io-read-iops": lines(f.IOReadIOPS), "io-write-iops": lines(f.IOWriteIOPS),
	} {
		if value != nil {
			r.Limits[flag] = *value
		}
	}
	return r
}

// lines joins a repeated flag's values, as the table of limits reads them.
func lines(values []string) *string {
	if len(values) == 0 {
		return nil
	}
	text := strings.Join(values, "\n")
	return &text
}

// parse reads a run's command line. An ordinary one does not need kong, whose
// model of the flags would cost each run a millisecond.
func (f *flags) parse(args []string, stdout io.Writer, profile profileOf) (line *cmdline.Line, settings *cmdline.Profile, helped bool, err error) {
	if line = cmdline.Quick(f, args); line != nil {
		return line, nil, false, nil
	}
	return f.parseFully(args, stdout, profile)
}

// parseFully is kong's reading. The error joins every problem; kong would
// stop at the first, so it gets only words that are known to be flags.
func (f *flags) parseFully(args []string, stdout io.Writer, profile profileOf) (line *cmdline.Line, settings *cmdline.Profile, helped bool, err error) {
	parser := newParser(f, stdout, &helped)
	line = cmdline.Read(describe(parser.Model.Flags), args)
	settings, profileErr := profile(line)
	if settings != nil {
		resolve(settings).Apply(parser)
	}
	if _, err = parser.Parse(line.Words); err != nil && !helped {
		err = readEach(parser, line.Words)
	}
	if helped {
		return line, nil, true, nil
	}
	return line, settings, false, errors.Join(profileErr, err, line.Mangled(), line.Problem())
}

func newParser(f *flags, stdout io.Writer, helped *bool) *kong.Kong {
	return kong.Must(f, kong.Name("slimrun"), kong.Writers(stdout, io.Discard),
		kong.Description("Runs a command under limits that systemd holds and the kernel has been seen to enforce: slimrun [flags] -- COMMAND [ARG...]. A word alone manages: slimrun doctor says what works here, slimrun completion SHELL writes a shell's completion."),
		kong.DefaultEnvars("SLIMRUN"),
		kong.Exit(func(int) { *helped = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}

// readEach reads the words one by one where kong stopped at a bad value, and
// the good ones together again. The error joins the problems.
func readEach(parser *kong.Kong, words []string) error {
	if _, err := parser.Parse(nil); err != nil {
		return err // a variable's, SLIMRUN_...
	}
	var good []string
	var problems []error
	for _, word := range words {
		if _, err := parser.Parse([]string{word}); err != nil {
			problems = append(problems, err)
			continue
		}
		good = append(good, word)
	}
	_, err := parser.Parse(good)
	return errors.Join(append(problems, err)...)
}

// describe tells what flags there are without kong.
func describe(model []*kong.Flag) (flags cmdline.Flags) {
	for _, flag := range model {
		if flag.Hidden {
			continue
		}
		described := cmdline.Flag{
			Name: flag.Name, Short: flag.Short, Aliases: flag.Aliases, Env: flag.Envs, Bool: flag.IsBool(),
			Repeat: flag.IsCumulative(), Number: flag.Target.Type() == reflect.TypeFor[[]int](),
			Placeholder: flag.PlaceHolder, Help: flag.Help,
		}
		if flag.Group != nil {
			described.Group = flag.Group.Key
		}
		flags = append(flags, described)
	}
	return flags
}
