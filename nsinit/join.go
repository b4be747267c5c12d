package nsinit

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
	"github.com/slimrun/slimrun/nsinit/target"
)

// Join has a command executed where a process of a run is, with what that has and no
// more (package inside draws it). Of Config's the rest is the command, its environment,
// directory and terminal.
type Join struct {
	Target *target.Target
	Cgroup *os.File   // a directory of the v2 tree, to be born in; nil to stay
	Enter  []*os.File // v1's cgroup.procs, to enter by
	As     *User      // who the command is, where that is not who the target is
}

// User is somebody, as the run has it.
type User struct {
	UID, GID uint32
	Groups   []uint32
}

// fill writes it down, and names the files that the child is to have. Errors: what
// would leave the command more than the target has.
func (j *Join) fill(a *arena, t *inside.Tasks) (boarded []int, err error) {
	to := j.Target
	t.Join = inside.Join{
		On: true, Of: descriptor(to.Pidfd),
		PIDs: -1, User: -1, Cgroup: descriptor(j.Cgroup), Root: -1, Dir: descriptor(to.Dir),
		Where: a.text(strconv.Itoa(to.PID) + "/cgroup"), Umask: to.Umask, Score: a.text(strconv.Itoa(j.score())),
		UserFirst: !may(unix.CAP_SYS_ADMIN),
	}
	files := append([]*os.File{to.Pidfd, to.Dir, j.Cgroup}, j.Enter...)
	if !to.SameRoot {
		t.Join.Root = descriptor(to.Root)
		files = append(files, to.Root)
	}
	var others []inside.Namespace
	for _, n := range to.Namespaces {
		files = append(files, n.File)
		switch n.Kind {
		case unix.CLONE_NEWPID:
			t.Join.PIDs = descriptor(n.File)
		case unix.CLONE_NEWUSER:
			t.Join.User = descriptor(n.File)
		default:
			others = append(others, inside.Namespace{FD: descriptor(n.File), Kind: int32(n.Kind)})
		}
	}
	t.Join.Others = put(a, others)
	for _, file := range files {
		if file != nil {
			boarded = append(boarded, int(file.Fd()))
		}
	}
	t.Join.Procs = put(a, numbers[int32](fds(j.Enter)))
	t.Join.Filters = j.filters(a)
	t.Payload.NoNewPrivs = to.NoNewPrivs
	j.attributes(a, &t.Payload)
	return boarded, j.rights(a, &t.Join)
}

func descriptor(file *os.File) int32 {
	if file == nil {
		return -1
	}
	return int32(file.Fd())
}

func fds(files []*os.File) (all []int) {
	for _, file := range files {
		all = append(all, int(file.Fd()))
	}
	return all
}

// may says whether this process has a capability where it is.
func may(capability uint) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	err := unix.Capget(&header, &sets[0])
	return err == nil && sets[capability/32].Effective&(1<<(capability%32)) != 0
}

func (j *Join) filters(a *arena) inside.List[inside.Filter] {
	var list []inside.Filter
	for _, program := range j.Target.Filters {
		list = append(list, inside.Filter{Program: put(a, program)})
	}
	return put(a, list)
}

// score: who may not go below the own one stays there, and is killed no later.
func (j *Join) score() int {
	text, err := os.ReadFile("/proc/self/oom_score_adj")
	own, numeral := strconv.Atoi(strings.TrimSpace(string(text)))
	if may(unix.CAP_SYS_RESOURCE) || err != nil || numeral != nil {
		return j.Target.OOMScoreAdj
	}
	return max(own, j.Target.OOMScoreAdj)
}

// attributes are the target's, or less, where this process may not have as much.
func (j *Join) attributes(a *arena, p *inside.Payload) {
	rlimits := make([]inside.Rlimit, len(j.Target.Rlimits))
	for resource, limit := range j.Target.Rlimits {
		var own unix.Rlimit
		if err := unix.Getrlimit(resource, &own); err == nil && !may(unix.CAP_SYS_RESOURCE) {
			limit.Max = min(limit.Max, own.Max)
			limit.Cur = min(limit.Cur, limit.Max)
		}
		rlimits[resource] = inside.Rlimit{Name: a.text(strconv.Itoa(resource)), Resource: resource, Limit: limit}
	}
	p.Rlimits = put(a, rlimits)
	nice := j.Target.Nice
	if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && !may(unix.CAP_SYS_NICE) {
		nice = max(nice, 20-own) // the system call gives 1 to 40
	}
	p.Nice = Setting{Given: true, Value: nice}
	p.Policy = Setting{Given: j.Target.Policy != unix.SCHED_NORMAL, Value: j.Target.Policy}
}

// rights are the target's ids and capabilities. One that is root gets by an exec what
// its bounding set holds, so that is held to what it has now: it may have given up the
// rest for good (securebits, which the kernel does not show).
func (j *Join) rights(a *arena, to *inside.Join) error {
	t := j.Target
	var err1, err2 error
	to.UID, err1 = inner(t.UID, t.UIDInside)
	to.GID, err2 = inner(t.GID, t.GIDInside)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	to.Bound, to.Ambient = t.Bound, t.Ambient&t.Permitted&t.Bound
	if isRoot(to.UID) || j.As != nil {
		to.Bound, to.Ambient = t.Bound&t.Permitted, 0
	}
	groups := t.Groups
	if j.As != nil {
		if err := j.mayBecome(to.UID); err != nil {
			return err
		}
		to.UID = inside.IDs{Real: j.As.UID, Effective: j.As.UID, Saved: j.As.UID}
		to.GID = inside.IDs{Real: j.As.GID, Effective: j.As.GID, Saved: j.As.GID}
		to.GroupsInside, groups = true, j.As.Groups
	}
	to.Effective = to.Ambient
	if isRoot(to.UID) {
		to.Effective = t.Effective & to.Bound
	}
	to.SetGroups, to.Groups = true, put(a, groups)
	if j.As == nil && !maySetGroups() {
		to.SetGroups = false
		return sameGroups(groups)
	}
	return nil
}

func inner(outer [3]uint32, translate func(uint32) (uint32, error)) (ids inside.IDs, err error) {
	for i, to := range []*uint32{&ids.Real, &ids.Effective, &ids.Saved} {
		if *to, err = translate(outer[i]); err != nil {
			return ids, err
		}
	}
	return ids, nil
}

func isRoot(ids inside.IDs) bool { return ids.Real == 0 || ids.Effective == 0 }

// mayBecome: whoever the target could not become, the command is not either.
func (j *Join) mayBecome(ids inside.IDs) error {
	const both = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	if j.Target.Effective&both == both {
		return nil
	}
	return fmt.Errorf("the payload, which is uid %d there and lacks CAP_SETUID or CAP_SETGID, could not become uid %d",
		ids.Effective, j.As.UID)
}

// maySetGroups: a user namespace of one id forbids it to everybody (user_namespaces(7)).
func maySetGroups() bool {
	said, _ := os.ReadFile("/proc/self/setgroups")
	return may(unix.CAP_SETGID) && !strings.HasPrefix(string(said), "deny")
}

// sameGroups: who may not set groups has the own ones.
func sameGroups(groups []uint32) error {
	own, err := unix.Getgroups()
	if err != nil {
		return err
	}
	have := slices.Sorted(slices.Values(numbers[uint32](own)))
	if !slices.Equal(have, slices.Sorted(slices.Values(groups))) {
		return fmt.Errorf("you are in groups %v, the payload in %v: the command would be in yours", have, groups)
	}
	return nil
}
