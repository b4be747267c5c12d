package spec

import (
	"errors"
	"os"
	"strconv"

	"github.com/moby/sys/user"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// identityFlags are about who the payload is.
func (d *Draft) identityFlags() grammar.Flags {
	const group = "Identity"
	id := &d.spec.Identity
	return grammar.Flags{
		{
			Name: "uid", Group: group, Placeholder: "USER", Value: grammar.Read(d.setUser),
			Help: "Run as this user, by name or number; for a user who is not root the caller looks so inside.",
		},
		{
			Name: "gid", Group: group, Placeholder: "GROUP", Value: grammar.Read(d.setGroup),
			Help: "Run as this group.",
		},
		{
			Name: "groups", Group: group, Placeholder: "GROUP,...", Value: grammar.List(d.addGroup),
			Help: "Other groups; with --uid or --gid there are none else.",
		},
		{
			Name: "map-root", Group: group, Value: grammar.Switch(&id.MapRoot),
			Help: "Root inside, in a user namespace; outside the caller, or nobody for root.",
		},
		{
			Name: "map-auto", Group: group, Value: grammar.Switch(&id.MapAuto),
			Help: "Root inside, and the caller's subordinate ids from 1 on (newuidmap, newgidmap).",
		},
	}
}

// Identity is who the payload is, and how its ids are mapped.
type Identity struct {
	nsinit.Identity
	MapRoot bool
	MapAuto bool
}

// setUser takes a user, and the user's own group where --gid, whose row comes
// later, names no other.
func (d *Draft) setUser(text string) error {
	uid, gid, err := lookupUser(text)
	d.spec.Identity.UID = nsinit.Setting{Given: true, Value: uid}
	d.spec.Identity.GID = nsinit.Setting{Given: gid >= 0, Value: gid}
	return err
}

func (d *Draft) setGroup(text string) error {
	gid, err := lookupGroup(text)
	d.spec.Identity.GID = nsinit.Setting{Given: true, Value: gid}
	return err
}

func (d *Draft) addGroup(text string) error {
	gid, err := lookupGroup(text)
	d.spec.Identity.Groups = append(d.spec.Identity.Groups, gid)
	return err
}

func (d *Draft) finishIdentity() error { return d.spec.Identity.check(d.spec.Share) }

// check refuses ids that are not there to be had.
func (id Identity) check(share Share) error {
	mapped, root := id.MapRoot || id.MapAuto, os.Geteuid() == 0
	asks := id.UID.Given || id.GID.Given
	switch {
	case mapped && share.User:
		return errors.New("--map-root and --map-auto map ids in a user namespace: drop --share user")
	case share.User && !root && asks:
		return errors.New("--uid and --gid: only root may be somebody else without a user namespace: drop --share user")
	case len(id.Groups) > 0 && !id.MapAuto && (!root || id.MapRoot):
		return problem.Of(errors.New("--groups: a user namespace with one id has no other groups"),
			"--map-auto maps the user's subordinate ids too")
	case id.MapRoot && !id.MapAuto && (id.UID.Given && id.UID.Value != 0 || id.GID.Given && id.GID.Value != 0):
		return problem.Errorf("--map-auto maps the user's subordinate ids too",
			"--map-root: root is the only one there is inside, so --uid and --gid can be 0 alone")
	}
	return nil
}

// lookupUser finds a user by name or number; the gid is -1 for a number that
// nobody has.
func lookupUser(text string) (uid, gid int, err error) {
	known, err := user.LookupUser(text)
	if n, ok := number(text); ok {
		if known, err = user.LookupUid(n); err != nil {
			return n, -1, nil
		}
	}
	if err != nil {
		return 0, -1, errors.New("want a number, or a user of /etc/passwd")
	}
	return known.Uid, known.Gid, nil
}

func lookupGroup(text string) (int, error) {
	if n, ok := number(text); ok {
		return n, nil
	}
	known, err := user.LookupGroup(text)
	if err != nil {
		return 0, errors.New("want a number, or a group of /etc/group")
	}
	return known.Gid, nil
}

// number reads an id; the last one stands for "none" to the kernel.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && n < 1<<32-1
}

func (id Identity) given() bool { return id.MapRoot || id.MapAuto || id.UID.Given || id.GID.Given }

// Single says whether the one id that is mapped is the caller's own: then a
// user who is not root may write the map.
func (s Spec) Single() bool { return os.Geteuid() != 0 && !s.Identity.MapAuto }

// Inside is the id that the caller's own becomes, where one may be asked for.
func (id Identity) Inside(asked nsinit.Setting, own int) int {
	switch {
	case asked.Given:
		return asked.Value
	case id.MapRoot || id.MapAuto:
		return 0
	}
	return own
}

// InsideUID is the payload's, as it sees it.
func (s Spec) InsideUID() int {
	return s.Identity.Inside(s.Identity.UID, os.Geteuid())
}

// InsideIdentity is what is left to do inside, after the maps.
func (s Spec) InsideIdentity() nsinit.Identity {
	id := s.Identity.Identity
	id.BecomeRoot = s.Identity.MapAuto || s.Identity.MapRoot && os.Geteuid() == 0
	if s.OwnUserNamespace() && s.Single() || s.Identity.MapRoot && !s.Identity.MapAuto {
		return nsinit.Identity{BecomeRoot: id.BecomeRoot} // the map says it all
	}
	return id
}
