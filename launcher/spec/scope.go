package spec

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// scopeFlags are about the scope, and about who is asked for it.
func (d *Draft) scopeFlags() grammar.Flags {
	const group = "Scope"
	return grammar.Flags{
		{
			Name: "property", Short: "p", Group: group, Placeholder: "NAME=VALUE", Value: grammar.Texts(&d.properties),
			Help: "Any property of a scope, as in unit files; repeatable.",
		},
		{
			Name: "slice", Group: group, Placeholder: "NAME", Value: grammar.Read(d.setSlice),
			Help: "Slice to put the scope in.",
		},
		{
			Name: "slice-limit", Group: group, Placeholder: "FLAG=VALUE", Value: grammar.Texts(&d.sliceLimits),
			Help: "A limit of the slice itself, shared by all that is in it, such as memory=8G; repeatable.",
		},
		{
			Name: "nest", Group: group, Value: grammar.Switch(&d.spec.Nest),
			Help: "Set the limits on a slice of the run's own too: runs inside it share them, " +
				"where theirs would come on top.",
		},
		{
			Name: "name", Group: group, Placeholder: "NAME", Value: grammar.Read(d.setName),
			Help: "The scope's name.",
		},
		{
			Name: "description", Group: group, Placeholder: "TEXT", Value: grammar.Read(d.setDescription),
			Help: "The scope's description; \"slimrun\" stands before it, by which runs are told from other scopes.",
		},
		{
			Name: "best-effort", Group: group, Value: grammar.Switch(&d.spec.BestEffort), Typed: &d.typedBestEffort,
			Help: "Go on, with a warning, where a limit cannot be proven.",
		},
		{
			Name: "manager", Group: group, Placeholder: "system|user|embedded|slurm", Value: grammar.Text(&d.manager),
			Help: "Which systemd to ask; or slurm, in a step of Slurm's, where slurmstepd holds the limits.",
		},
		{
			Name: "on", Group: group, Placeholder: "slurm", Value: grammar.Read(d.setOn),
			Help: "Run it on a machine of Slurm's: the limits become the request, and are proven there.",
		},
		{
			Name: "system", Group: group, Value: grammar.Switch(&d.system),
			Help: "Same as --manager system.",
		},
		{
			Name: "user", Group: group, Value: grammar.Switch(&d.user),
			Help: "Same as --manager user.",
		},
	}
}

func (d *Draft) setName(text string) (err error) {
	d.spec.Name, err = scopeName(text)
	return err
}

func (d *Draft) setSlice(text string) (err error) {
	d.spec.Slice, err = sliceName(text)
	return err
}

// setDescription: D-Bus strings are UTF-8 without NUL; systemd drops the
// connection on others.
func (d *Draft) setDescription(text string) error {
	d.spec.Description = text
	if strings.ToValidUTF8(text, "") != text || strings.ContainsRune(text, 0) {
		return errors.New("want UTF-8 text")
	}
	return nil
}

// finishManager reads --manager and its two short forms.
func (d *Draft) finishManager() (err error) {
	name := d.manager
	for _, short := range []struct {
		given bool
		kind  unit.Kind
	}{{d.system, unit.SystemKind}, {d.user, unit.UserKind}} {
		if short.given && name != "" && name != string(short.kind) {
			return fmt.Errorf("--%s: --manager %s is asked for too: drop one of the two", short.kind, name)
		}
		if short.given {
			name = string(short.kind)
		}
	}
	if d.spec.On != "" && name == "" {
		name = string(unit.SlurmKind)
	}
	d.spec.Kind, err = unit.ParseKind(name, os.Geteuid())
	return err
}

// systemdsSlices hold the machine itself, or a user's whole session: a budget
// for runs there would be one for everything else too.
var systemdsSlices = []string{"system", "user", "machine", "app", "session", "background", "init"}

// finishSlice reads --slice-limit in the table's order, with what memory
// implies for a run too: no swap.
func (d *Draft) finishSlice() error {
	switch {
	case len(d.sliceLimits) == 0:
		return nil
	case d.spec.Nest:
		return errors.New("--nest: it makes a slice of the run's own, with the run's limits: " +
			"drop --slice-limit, or --nest")
	}
	problems := []error{checkBudget(d.spec.Slice)}
	asked := map[*limit.Row]limit.Asked{}
	for _, assignment := range d.sliceLimits {
		one, err := limit.AskSlice(assignment)
		problems = append(problems, err)
		if err == nil {
			asked[one.Row] = one
		}
	}
	if _, swap := asked[limit.Swap]; asked[limit.Memory].Row != nil && !swap {
		asked[limit.Swap], _ = limit.AskSlice("swap=0")
	}
	d.spec.SliceLimits = inOrder(asked)
	return errors.Join(problems...)
}

// Nested is the spec of a run that has a slice of its own within another.
func (s Spec) Nested() Spec {
	s.Slice, s.SliceLimits = unit.NestIn(s.Slice), limit.OnNest(s.Limits)
	return s
}

func checkBudget(slice string) error {
	name, _, _ := strings.Cut(strings.TrimSuffix(slice, ".slice"), "-")
	switch {
	case slice == "":
		return problem.Errorf("add --slice NAME: the runs in it share the limit", "--slice-limit: no slice is named")
	case slices.Contains(systemdsSlices, name):
		return problem.Errorf("take a slice of your own, such as --slice build",
			"--slice-limit: %s is systemd's own, and holds more than runs", slice)
	}
	return nil
}
