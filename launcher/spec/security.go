package spec

import (
	"errors"
	"os"
	"strings"

	"github.com/moby/sys/capability"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/seccomp"
	"github.com/slimrun/slimrun/nsinit"
)

// securityFlags are about the payload's powers.
func (d *Draft) securityFlags() grammar.Flags {
	const group = "Security"
	return grammar.Flags{
		{
			Name: "cap-drop", Group: group, Placeholder: "all|NAME", Value: grammar.List(addCapability(&d.capDrop)),
			Help: "Capabilities to take away for good; repeatable.",
		},
		{
			Name: "cap-add", Group: group, Placeholder: "NAME", Value: grammar.List(addCapability(&d.capAdd)),
			Help: "Capabilities to keep from --cap-drop, and to give whoever is not root; repeatable.",
		},
		{
			Name: "no-new-privs", Group: group, Value: grammar.Tristate(&d.noNewPrivs),
			Help: "No set-uid program gives more; on for who is not root, with --root and with --seccomp, " +
				"unless =false.",
		},
		{
			Name: "private-tty", Group: group, Value: grammar.Switch(&d.spec.PrivateTTY),
			Help: "A terminal of the command's own, so that it cannot type into the caller's or change its modes; " +
				"it gets what is typed in front, where stdin and stdout are the terminal.",
		},
		{
			Name: "seccomp", Group: group, Placeholder: "default|FILE", Value: grammar.Read(d.setSeccomp),
			Help: "System calls to refuse: slimrun's own list, or an OCI runtime's profile.",
		},
	}
}

func (d *Draft) setSeccomp(name string) (err error) {
	d.spec.Guard.Filter, err = seccomp.Filter(name)
	return err
}

// finishGuard takes away what is dropped and not added again, and new privileges
// from whom they could harm.
func (d *Draft) finishGuard() error {
	g := &d.spec.Guard
	g.Drops, g.Bound, g.Add = d.capDrop != 0, ^d.capDrop|d.capAdd, d.capAdd
	g.NoNewPrivs = os.Geteuid() != 0 || d.spec.Files.Root != "" || g.Filter != nil
	if d.noNewPrivs != nil {
		g.NoNewPrivs = *d.noNewPrivs
	}
	if d.capAdd == nsinit.AllCapabilities {
		return errors.New("--cap-add all: nothing is taken without --cap-drop: name those that are to be kept")
	}
	return nil
}

// addCapability reads names such as "net_admin" or "CAP_NET_ADMIN", and "all".
func addCapability(to *uint64) func(name string) error {
	return func(name string) error {
		if strings.EqualFold(name, "all") {
			*to = nsinit.AllCapabilities
			return nil
		}
		bit, ok := capabilityBit(name)
		*to |= bit
		if !ok {
			return errors.New("want a capability such as net_admin, or all")
		}
		return nil
	}
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
