package manage

import (
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
)

// Context is what words are given to work with.
type Context struct {
	Console console.Console
	Run     func(spec.Spec) verdict.Verdict // runs a spec to its end
	Words   func() grammar.Words            // all of them, for those that tell of the others
	Explain func(*nsinit.Failure) error     // what went wrong inside
}
