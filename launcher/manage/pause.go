package manage

import (
	"context"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// Pause is the word `slimrun pause`.
func Pause(c Context) grammar.Word {
	var names []string
	return grammar.Word{
		Name:    "pause",
		Others:  []string{"freeze"},
		Help:    "Hold every process of runs where it is, by systemd's freezer (cgroup v2).",
		Example: "slimrun pause build && make -C other && slimrun resume build   # not both at the same time",
		Args:    runArgs(&names),
		Run: func() int {
			return c.eachRun(names, func(ctx context.Context, run runs.Run) error { return run.Pause(ctx) })
		},
	}
}

// Resume is the word `slimrun resume`.
func Resume(c Context) grammar.Word {
	var names []string
	return grammar.Word{
		Name:    "resume",
		Others:  []string{"unpause", "thaw"},
		Help:    "Let runs go on that are paused.",
		Example: "slimrun resume build",
		Args:    runArgs(&names),
		Run: func() int {
			return c.eachRun(names, func(ctx context.Context, run runs.Run) error { return run.Resume(ctx) })
		},
	}
}
