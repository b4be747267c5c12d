package idmap

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/moby/sys/user"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// idKind is uids or gids: where the kernel has their map, and who else may
// write it.
type idKind struct {
	file    string // of /proc/PID
	program string // by its absolute path: PATH is the caller's to choose
	table   string
	own     func() int
	asked   func(spec.Identity) nsinit.Setting
	sub     func() ([]user.SubID, error)
}

var (
	uidKind = idKind{
		"uid_map", "/usr/bin/newuidmap", "/etc/subuid", os.Geteuid,
		func(id spec.Identity) nsinit.Setting { return id.UID }, user.CurrentUserSubUIDs,
	}
	gidKind = idKind{
		"gid_map", "/usr/bin/newgidmap", "/etc/subgid", os.Getegid,
		func(id spec.Identity) nsinit.Setting { return id.GID }, user.CurrentUserSubGIDs,
	}
)

// idRange is a line of a map.
type idRange struct{ inside, outside, count int }

// subordinate maps root to the caller, and the ids from 1 on to the caller's
// subordinate ones.
func (k idKind) subordinate() ([]idRange, error) {
	subs, err := k.sub()
	if err != nil || len(subs) == 0 {
		return nil, problem.Errorf(k.grant()+"; --map-root does without",
			"--map-auto: there are no subordinate ids for uid %d in %s", os.Geteuid(), k.table)
	}
	ids := []idRange{{0, k.own(), 1}}
	next := 1
	for _, sub := range subs {
		ids = append(ids, idRange{next, int(sub.SubID), int(sub.Count)})
		next += int(sub.Count)
	}
	return ids, nil
}

// denySetgroups: without it a group that is to keep its members out of
// something could be dropped (user_namespaces(7)), so that the kernel asks for
// it before a user who is not root maps a gid.
func denySetgroups(pid int) error {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/setgroups", pid), []byte("deny"), 0); err != nil {
		return fmt.Errorf("mapping the ids of the user namespace: %w", err)
	}
	return nil
}

// write maps the ids: root and the owner of a single one by themselves, others
// through the set-uid programs that know which subordinate ids are whose.
func (k idKind) write(pid int, ids []idRange, subordinate bool) error {
	if subordinate && os.Geteuid() != 0 {
		return k.delegate(pid, ids)
	}
	var text strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&text, "%d %d %d\n", id.inside, id.outside, id.count)
	}
	err := os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, k.file), []byte(text.String()), 0)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("mapping the ids of the user namespace: %w", err)
	if errors.Is(err, os.ErrPermission) && os.Geteuid() == 0 {
		return problem.Of(err, fmt.Sprintf("not all of these ids are in the user namespace around slimrun "+
			"(/proc/self/%s): --unshare user takes those that are", k.file))
	}
	return err
}

func (k idKind) delegate(pid int, ids []idRange) error {
	args := []string{strconv.Itoa(pid)}
	for _, id := range ids {
		args = append(args, strconv.Itoa(id.inside), strconv.Itoa(id.outside), strconv.Itoa(id.count))
	}
	said, err := exec.Command(k.program, args...).CombinedOutput()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return problem.Of(fmt.Errorf("--map-auto: %s is not installed", k.program),
			"install uidmap (Debian) or shadow-utils; --map-root does without")
	case err != nil:
		return problem.Of(fmt.Errorf("--map-auto: %s: %w: %s", k.program, err, strings.TrimSpace(string(said))),
			"--map-root does without")
	}
	return nil
}
