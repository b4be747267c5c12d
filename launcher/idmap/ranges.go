package idmap

import (
	"fmt"
	"os"
	"strings"

	"github.com/slimrun/slimrun/launcher/spec"
)

// nobody is the kernel's overflow id, which owns nothing.
const nobody = 65534

// Write writes the maps of the child's user namespace.
func Write(s spec.Spec, pid int) error {
	if !s.OwnUserNamespace() {
		return nil
	}
	if s.Single() {
		if err := denySetgroups(pid); err != nil {
			return err
		}
	}
	for _, kind := range []idKind{uidKind, gidKind} {
		ids, err := kind.ranges(s)
		if err != nil {
			return err
		}
		if err := kind.write(pid, ids, s.Identity.MapAuto); err != nil {
			return err
		}
	}
	return nil
}

func (k idKind) ranges(s spec.Spec) ([]idRange, error) {
	id := s.Identity
	switch {
	case id.MapAuto:
		return k.subordinate()
	case s.Single():
		return []idRange{{id.Inside(k.asked(id), k.own()), k.own(), 1}}, nil
	case id.MapRoot:
		return []idRange{{0, nobody, 1}}, nil
	}
	return k.callers()
}

// callers are all the ids that the caller's own namespace has, each itself.
func (k idKind) callers() (ids []idRange, err error) {
	table, err := os.ReadFile("/proc/self/" + k.file)
	if err != nil {
		return nil, fmt.Errorf("reading the caller's own ids: %w", err)
	}
	for line := range strings.Lines(string(table)) {
		var id idRange
		var outside int
		if _, err := fmt.Sscan(line, &id.inside, &outside, &id.count); err == nil {
			id.outside = id.inside
			ids = append(ids, id)
		}
	}
	return ids, nil
}
