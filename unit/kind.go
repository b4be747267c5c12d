package unit

import "fmt"

// Kind says which systemd holds a run's limits, or that Slurm does.
type Kind string

const (
	SystemKind   Kind = "system"
	UserKind     Kind = "user"
	EmbeddedKind Kind = "embedded"
	SlurmKind    Kind = "slurm" // no systemd: the step that slimrun is in
)

// booted is the directory that systemd as PID 1 makes early (sd_booted(3)).
const booted = "/run/systemd/system"

// DefaultKind is the manager a user gets without asking.
func DefaultKind(euid int) Kind { return Host{Root: "/", UID: euid}.kind() }

// ParseKind reads --manager; "" is the default. Errors: an unknown name.
func ParseKind(name string, euid int) (Kind, error) {
	switch kind := Kind(name); kind {
	case "":
		return DefaultKind(euid), nil
	case SystemKind, UserKind, EmbeddedKind, SlurmKind:
		return kind, nil
	}
	return "", fmt.Errorf("--manager %q: want system, user, embedded or slurm", name)
}
