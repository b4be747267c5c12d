package doctor

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

// Checkup is what works here for this user.
type Checkup struct {
	Schema  string       `json:"schema"`
	Version string       `json:"version"`
	User    string       `json:"user"`
	Works   bool         `json:"ok"` // a run under a memory limit has been seen to
	Checks  []unit.Check `json:"checks"`
}

// Status is doctor's exit status.
func (c Checkup) Status() int {
	if c.Works {
		return 0
	}
	return 1
}

// WriteJSON writes the checkup as one object, schema slimrun.doctor/1.
func (c Checkup) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c)
}

// Runner runs a spec to its end; the launcher does.
type Runner func(spec.Spec) verdict.Verdict

// endable runs a spec. What came meanwhile to end the doctor, which a run passes on, ends
// it now; what comes from then on does so by itself.
func (run Runner) endable(asked spec.Spec) verdict.Verdict {
	came := signals.Since()
	v := run(asked)
	signals.Default(nsinit.CallerIgnores)
	if s, any := came.Any(signals.Ends()); any {
		unix.Kill(os.Getpid(), s)
	}
	return v
}

// Examine looks at everything that a run rests on, and then runs one: what
// the tables of the machine say is a guess, the run is the proof.
func Examine(version string, run Runner) Checkup {
	host := unit.ThisHost()
	c := Checkup{Schema: "slimrun.doctor/1", Version: version, User: host.UserName()}
	// The probe first: where it boots the embedded manager, that is there to see.
	probes, works := probe(run.endable)
	c.Checks = append(host.Examine(context.Background()), examineUser(host)...)
	c.Checks = append(c.Checks, probes...)
	c.Works = works
	return c
}
