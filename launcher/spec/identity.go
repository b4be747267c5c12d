package spec

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// IdentityRequest is what the command line says of the payload's ids.
type IdentityRequest struct {
	UID, GID *string // a number or a name
	Groups   []string
	MapRoot  bool
	MapAuto  bool
}

// Identity is who the payload is, and how its ids are mapped.
type Identity struct {
	nsinit.Identity
	MapRoot bool
	MapAuto bool
}

// readIdentity reads it. The error joins every problem.
func readIdentity(request IdentityRequest, share Share) (id Identity, err error) {
	id.MapRoot, id.MapAuto = request.MapRoot, request.MapAuto
	var problems []error
	note := func(err error) { problems = append(problems, err) }
	if request.UID != nil {
		uid, gid, err := lookupUser(*request.UID)
		note(err)
		id.UID = nsinit.Setting{Given: true, Value: uid}
		id.GID = nsinit.Setting{Given: gid >= 0, Value: gid}
	}
	if request.GID != nil {
		gid, err := lookupGroup("--gid", *request.GID)
		note(err)
		id.GID = nsinit.Setting{Given: true, Value: gid}
	}
	for _, name := range request.Groups {
		gid, err := lookupGroup("--groups", name)
		note(err)
		id.Groups = append(id.Groups, gid)
	}
	note(id.check(share))
	return id, errors.Join(problems...)
}

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
		return problem.Of(errors.New("--groups: a user namespace with one id has no other groups"), "--map-auto maps the user's subordinate ids too")
	case id.MapRoot && !id.MapAuto && (id.UID.Given && id.UID.Value != 0 || id.GID.Given && id.GID.Value != 0):
		return problem.Of(errors.New("--map-root: root is the only one there is inside, so --uid and --gid can be 0 alone"), "--map-auto maps the user's subordinate ids too")
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
		return 0, -1, fmt.Errorf("--uid %q: want a number, or a user of /etc/passwd", text)
	}
	return known.Uid, known.Gid, nil
}

func lookupGroup(flag, text string) (int, error) {
	if n, ok := number(text); ok {
		return n, nil
	}
	known, err := user.LookupGroup(text)
	if err != nil {
		return 0, fmt.Errorf("%s %q: want a number, or a group of /etc/group", flag, text)
	}
	return known.Gid, nil
}

// number reads an id; the last one stands for "none" to the kernel.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && n < 1<<32-1
}

// OwnUserNamespace says whether the run has a user namespace of its own.
func (s Spec) OwnUserNamespace() bool {
	id := s.Identity
	if os.Geteuid() == 0 {
		return id.MapAuto || id.MapRoot || s.Unshare.User
	}
	return id.MapAuto || !s.Share.User && (s.Share.own() || s.Unshare.any() || id.given())
}

// CloneFlags are those of the held child.
func (s Spec) CloneFlags() uintptr {
	flags := s.Share.cloneFlags(s.NoInit) | s.Unshare.cloneFlags()
	if s.OwnUserNamespace() {
		flags |= unix.CLONE_NEWUSER
	}
	return flags
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
