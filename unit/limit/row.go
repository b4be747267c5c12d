package limit

import (
	"fmt"
	"os"
)

// Row is one limit, wherever slimrun has to do with it.
type Row struct {
	// On the command line.
	Flag        string   // long name, without dashes
	Aliases     []string // Docker's names for the same
	Short       string   // one letter, "" for none
	Group       string   // of --help
	Placeholder string   // of its value
	Help        string
	Repeatable  bool // values of a repeated flag are joined by newlines

	// For systemd. A synonym has none of it, nor of what follows.
	Property string // on the bus
	Setting  string // in unit files, where that differs
	Type     string // D-Bus signature
	Since    string // first systemd version that takes it for a scope

	// In the kernel.
	Controller string // "" where the proof is the unit's own property
	V2, V1     string // the file read back; "" where the kernel has none

	// ScopeOnly: a scope has it from its start; no slice takes it, and nothing
	// changes it in a run.
	ScopeOnly bool
	// Protects: it holds as far as the cgroups above protect as much, no further.
	Protects bool

	kind kind
	kept func(value any) bool // systemd itself keeps this value: proven by the unit's property
	moot func(value any) bool // nothing to prove where the kernel has no such file
	// usual: every unit has as much without being asked.
	usual func(value any) bool

	// aliased is a value that was given under an alias in the words of the flag; nil
	// where both are read alike.
	aliased func(text string) (string, error)
	synonym *synonym
}

// kind is what a row's values are: how they are read, printed, and held against
// the kernel's files. A value is of the type that goes over the bus.
type kind interface {
	// read reads a flag's value, setting that of a unit file.
	read(text string) (any, error)
	setting(text string) (any, error)
	// unitText is a value as unit files have it, an assignment each.
	unitText(value any, asked string) []string
	// kernel reads what the kernel says, mostly the one file.
	kernel(file string, read func(file string) (string, error)) (string, error)
	holds(value any, got string, v1 bool) bool
}

// Find finds the row of a flag, by its name or an alias.
func Find(flag string) (*Row, bool) {
	for _, row := range Rows {
		if row.Flag == flag {
			return row, true
		}
		for _, alias := range row.Aliases {
			if alias == flag {
				return row, true
			}
		}
	}
	return nil, false
}

// IsSynonym says whether the row is Docker's word for another one's limit, on
// another scale: Resolve turns it into that.
func (r *Row) IsSynonym() bool { return r.synonym != nil }

// Bandwidth says whether the row limits what goes to and from a disk.
func (r *Row) Bandwidth() bool {
	_, is := r.kind.(ioMax)
	return is
}

// OnSlices says whether a slice takes the limit.
func (r *Row) OnSlices() bool { return !r.ScopeOnly && !r.IsSynonym() }

// Updatable says whether a run's limit can be changed while it runs: a synonym is
// changed by what it means.
func (r *Row) Updatable() bool { return !r.ScopeOnly }

// Files are the files of a cgroup.
type Files interface {
	V1() bool
	// Read returns a controller's file, trimmed; os.ErrNotExist is among the
	// causes of its error where there is no such file.
	Read(controller, file string) (string, error)
}

// Kernel is what the kernel says of the limit in a cgroup.
func (r *Row) Kernel(files Files) (string, error) {
	file := r.V2
	if files.V1() {
		file = r.V1
	}
	if file == "" {
		return "", fmt.Errorf("%s: %w", r.Property, os.ErrNotExist)
	}
	return r.kind.kernel(file, func(name string) (string, error) { return files.Read(r.Controller, name) })
}
