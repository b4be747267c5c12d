package nsinit

// Config is all that the init is to do, in the order in which it is done.
type Config struct {
	Hostname string   // "" keeps the caller's
	Private  bool     // a mount namespace of its own: mounts are made private
	Proc     bool     // a PID namespace of its own: a fresh /proc
	NoInit   bool     // the payload is PID 1 of the new namespace
	Dir      string   // "" stays in the caller's working directory
	Argv     []string // byte for byte
	Env      []string // byte for byte
	PassFDs  []int    // inherited, and passed on under the same numbers
	Trace    bool     // the steps' times are told
	OwnUser  bool     // the init has a user namespace of its own
	UID      int      // the payload's, as it sees it
	Terminal Terminal
	Restore  bool  // the terminal's modes are restored if the launcher is killed
	Join     *Join // the command joins a run there is; nil for a run of its own

	Identity   Identity
	Unshare    Unshare
	Files      Files
	Attributes Attributes
	Guard      Guard

	program string // of a joining command's monitor: no file of anybody's
}

// Terminal is one of the payload's own, in a session of its own.
type Terminal struct {
	Session bool  // of its own: it loses the caller's controlling terminal
	FD      int   // the terminal, if there are Stdio
	Stdio   []int // standard fds that it becomes
}

// Unshare is what of the namespaces beyond the clone's there is to do inside.
type Unshare struct {
	Cgroup   bool // only in the scope: it is to be the root
	Time     bool // entered by the payload's exec (kernel 6.3)
	Loopback bool // a network namespace of its own: its lo comes up
}

// Identity is who the payload is, where that is not who the caller is.
type Identity struct {
	BecomeRoot bool    // the init was born before its ids were mapped
	UID        Setting // the payload's own, in its user namespace
	GID        Setting
	Groups     []int // with UID or GID: all of its other groups
}

// given says whether the payload has ids of its own.
func (i *Identity) given() bool { return i.UID.Given || i.GID.Given || len(i.Groups) > 0 }

// Attributes are a process's own, which no cgroup holds and a scope's
// properties cannot give: they are put on the payload alone.
type Attributes struct {
	Rlimits     []Rlimit
	Nice        Setting
	OOMScoreAdj Setting
	Policy      Setting // SCHED_*
}

// Rlimit is one resource limit.
type Rlimit struct {
	Name       string // for a failure: "nofile"
	Resource   int
	Soft, Hard uint64
}

// AllCapabilities stands for "leave the bounding set alone".
const AllCapabilities = ^uint64(0)

// Guard is what the payload may no longer do.
type Guard struct {
	Drops      bool   // Bound is asked for
	Bound      uint64 // capabilities that stay in the bounding set, bit N for number N
	Add        uint64 // those that the payload is to have, whoever it is
	NoNewPrivs bool
	Filter     []byte // seccomp program, 8 bytes an instruction (struct sock_filter); empty for none
}
