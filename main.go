//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0

// slimrun runs a command under limits that systemd holds and the kernel has
// been seen to enforce. See README.md; docs/design.md draws a launch.
package main

import (
	"errors"
	"io"
	"os"

	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/conclude"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/detach"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/manage"
	_ "github.com/slimrun/slimrun/launcher/oneproc"
	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/remote"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/embedded"
)

func main() {
	instead, err := nsinit.Enter()
	switch {
	case err != nil:
		console.Console{Err: os.Stderr}.Error(err)
		os.Exit(verdict.StatusFailed)
	case instead != nil:
		os.Exit(instead(os.Args))
	}
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// run is the whole program; its result is the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if stage, ok := embedded.Stage(args[0]); ok {
		return stage()
	}
	out := console.Console{Out: stdout, Err: stderr}
	if waiting, line, ok := detach.Resume(args, out); ok {
		return attend(waiting, line)
	}
	if node, ok := remote.Arrived(args, out); ok {
		return node.Attend()
	}
	if len(args) > 1 && isName(args[1]) {
		if word, ok := allWords(out).Find(args[1]); ok {
			return manageRuns(word, args[2:], out)
		}
	}
	return launch(args[1:], out)
}

// isName keeps an ordinary run, which begins with a flag or "--", from looking
// through the words.
func isName(arg string) bool { return arg != "" && arg[0] != '-' }

// manageRuns does what a word says.
func manageRuns(word *grammar.Word, args []string, out console.Console) int {
	reader := cmdline.Reader{Out: out.Out}
	shown, err := reader.Word(word, args)
	switch {
	case shown:
		return 0
	case err != nil:
		out.Error(err)
		return verdict.StatusFailed
	}
	return word.Run()
}

// launch reads the line of a run, and runs it.
func launch(args []string, out console.Console) int {
	reader := cmdline.Reader{Out: out.Out, Words: func() grammar.Words { return allWords(out) }}
	asked, shown, err := reader.Run(args)
	out.Quiet, out.Verbose, out.Missing = asked.Quiet, asked.Verbose, asked.TellMissing
	switch {
	case shown:
		return 0
	case err != nil && len(args) == 0:
		out.Error(err)
		out.Words(allWords(out))
		return verdict.StatusFailed
	case err == nil && asked.DryRun && asked.On != "":
		return remote.DryRun(asked, out)
	case err == nil && asked.DryRun:
		out.DryRun(plan.Of(asked))
		return 0
	case err == nil && asked.Detach && asked.On != "":
		return remote.Submit(asked, args, out)
	case err == nil && asked.Detach:
		status, failure := detach.Start(asked, args, out)
		if failure == nil {
			return status
		}
		err = failure
	}
	out = out.Unhurried()
	files, unwritable := conclude.Open(asked, out)
	if err := errors.Join(err, unwritable); err != nil {
		return files.Conclude(out, asked, verdict.Refused(asked.Argv, err))
	}
	if asked.On != "" {
		return remote.Run(asked, args, out, files)
	}
	return files.Conclude(out, asked, launcher.Run(asked, out))
}

// attend is the slimrun that waits for a detached run.
func attend(waiting *detach.Waiting, args []string) int {
	reader := cmdline.Reader{Out: waiting.Out}
	asked, _, err := reader.Run(args)
	waiting.Quiet, waiting.Verbose, waiting.Missing = asked.Quiet, asked.Verbose, asked.TellMissing
	waiting.Console = waiting.Unhurried()
	files, unwritable := conclude.Open(asked, waiting)
	end := func(v verdict.Verdict) int { return files.Conclude(waiting.Console, asked, v) }
	if err := errors.Join(err, unwritable); err != nil { // or a profile has changed meanwhile
		return waiting.Fail(end(verdict.Refused(asked.Argv, err)))
	}
	run := func(asked spec.Spec) verdict.Verdict { return launcher.Run(asked, waiting) }
	return waiting.Run(asked, run, end)
}

func allWords(out console.Console) grammar.Words {
	return manage.Words(manage.Context{
		Console: out,
		Run:     func(asked spec.Spec) verdict.Verdict { return launcher.Run(asked, out) },
		Words:   func() grammar.Words { return allWords(out) },
		Explain: launcher.Explain,
	})
}
