package console

import (
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

// Retry says that a run was too small, and is made again.
func (c Console) Retry(v verdict.Verdict, had, next uint64) {
	if !c.Quiet {
		c.say("%s was killed for memory: limit %s, peak %s; again with %s", v.Command[0],
			limit.FormatSize(had), size(v.Usage.MemoryPeak), limit.FormatSize(next))
	}
}

// NoRetry says why it is not.
func (c Console) NoRetry(v verdict.Verdict, had uint64, err error) {
	switch {
	case c.Quiet:
	case err != nil:
		c.say("%s is not tried again: %v", v.Command[0], err)
	default:
		c.say("%s is not tried again: there is no more memory than %s to be given", v.Command[0], limit.FormatSize(had))
	}
}
