package manage

import (
	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
)

// Completion is the word `slimrun completion`.
func Completion(c Context) grammar.Word {
	var shell []string
	return grammar.Word{
		Name:    "completion",
		Help:    "Write a shell's completion, as in: source <(slimrun completion bash).",
		Example: "source <(slimrun completion bash)   # in ~/.bashrc",
		Args:    []grammar.Arg{{Placeholder: "bash|zsh|fish", Help: "The shell.", To: &shell}},
		Run: func() int {
			script := cmdline.Scripts[shell[0]]
			return c.Console.Script(script(spec.New().Flags(), c.Words()))
		},
	}
}
