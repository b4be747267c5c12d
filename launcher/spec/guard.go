package spec

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/sys/capability"

	"github.com/slimrun/slimrun/launcher/seccomp"
	"github.com/slimrun/slimrun/nsinit"
)

// GuardRequest is what the command line says of the payload's powers.
type GuardRequest struct {
	CapDrop    []string // names, or all
	CapAdd     []string
	NoNewPrivs *bool
	Seccomp    string // "default", a file, or "" for none
}

// readGuard reads it. The error joins every problem.
func readGuard(request GuardRequest, root string) (g nsinit.Guard, err error) {
	var problems []error
	g.Bound = nsinit.AllCapabilities
	drop, err := capabilities("--cap-drop", request.CapDrop)
	problems = append(problems, err)
	add, err := capabilities("--cap-add", request.CapAdd)
	problems = append(problems, err)
	if add == nsinit.AllCapabilities {
		problems = append(problems, errors.New("--cap-add all: nothing is taken without --cap-drop: name those that are to be kept"))
	}
	g.Drops, g.Bound, g.Add = drop != 0, ^drop|add, add
	g.NoNewPrivs = os.Geteuid() != 0 || root != "" || request.Seccomp != ""
	if request.NoNewPrivs != nil {
		g.NoNewPrivs = *request.NoNewPrivs
	}
	g.Filter, err = seccomp.Filter(request.Seccomp)
	problems = append(problems, err)
	return g, errors.Join(problems...)
}

// capabilities reads names such as "net_admin" or "CAP_NET_ADMIN", and "all".
func capabilities(flag string, names []string) (set uint64, err error) {
	var problems []error
	for _, name := range names {
		if strings.EqualFold(name, "all") {
			set = nsinit.AllCapabilities
			continue
		}
		bit, ok := capabilityBit(name)
		if !ok {
			problems = append(problems, fmt.Errorf("%s %q: want a capability such as net_admin, or all", flag, name))
		}
		set |= bit
	}
	return set, errors.Join(problems...)
}

func capabilityBit(name string) (uint64, bool) {
	name = strings.TrimPrefix(strings.ToLower(name), "cap_")
	for _, known := range capability.ListKnown() {
		if known.String() == name {
			return 1 << known, true
		}
	}
	return 0, false
}
