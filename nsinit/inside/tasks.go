package inside

import "golang.org/x/sys/unix"

// Tasks are all that the init is to do. They are written before it is executed,
// and only read then.
type Tasks struct {
	Control      int32       // file descriptor: its end of the control socket
	Memory       int32       // file descriptor: the block's
	Nofile       unix.Rlimit // the caller's: Go has raised the launcher's own
	Socket       Socket      // to be opened first
	First        bool        // it is PID 1 of its namespace: the kernel kills what it leaves
	OwnUser      bool        // it has a user namespace of its own,
	BecomeRoot   bool        // and was born before its ids were mapped
	NoInit       bool        // the payload is PID 1 of a namespace of its own
	Private      bool        // a mount namespace of its own: mounts are made private
	Proc         bool        // a PID namespace of its own: a fresh /proc
	GuardProc    bool        // which shows nothing of the machine's that can be written to
	NewRoot      bool        // the files are another root
	Trace        bool        // the steps' times are noted
	RestoreModes bool        // the terminal's, if the launcher is killed
	Cgroup       bool        // a cgroup namespace of its own
	Loopback     bool        // a network namespace of its own: its lo comes up
	Hierarchies  List[Hierarchy]
	Hostname     Text
	HostnameSize uintptr
	Dir          Text
	Children     int32 // file descriptor: a /proc that shows the namespace in which it was born; -1 where it is PID 1
	Files        Program
	FilesFD      int32 // what the program is told to make; -1 for no files
	Payload      Payload
	Join         Join
}

// Program is what execve wants: the lists end with a 0.
type Program struct {
	Path      Text
	Argv, Env List[Text]
}

// Hierarchy is a mounted one of cgroups, to be mounted again from the new
// namespace's root.
type Hierarchy struct {
	Place, Kind Text
	Options     List[Option]
}

// Option is a file system's; one without a value is a flag.
type Option struct{ Name, Value Text }

// Payload is what its process does to itself between its clone and its exec.
type Payload struct {
	Name       Text       // as it was asked for
	Argv, Env  List[Text] // end with a 0
	Candidates List[Text] // paths, in the order in which they are tried
	ByPath     bool       // there is but one candidate, which is no file of PATH's
	PassFDs    List[int32]
	Session    bool  // of its own: it loses the caller's controlling terminal
	Terminal   int32 // file descriptor of its own one, if there are Stdio
	Stdio      List[int32]
	Closed     uint8 // of the file descriptors 0 to 2, bit N
	UID        Setting
	GID        Setting
	Groups     List[uint32]
	SetIDs     bool   // any of the three is given
	Seen       int    // its uid, as it sees it
	Addresses  Raised // the caller's
	Data       Raised
	Stack      Raised
	Processes  Raised
	File       Raised
	Rlimits    List[Rlimit]
	Nice       Setting
	Policy     Setting // SCHED_*
	Drops      bool    // all but Bound of the bounding set
	Bound      uint64  // capabilities, bit N for number N
	Add        uint64
	NoNewPrivs bool
	Time       bool // a time namespace, entered by its exec (kernel 6.3)
	Mask       uint64
	Ignored    uint64
	Filter     List[byte] // seccomp program, 8 bytes an instruction; empty for none
}

// Setting is a number that may be left as it is.
type Setting struct {
	Given bool
	Value int
}

// Rlimit is one resource limit.
type Rlimit struct {
	Name     Text
	Resource int
	Limit    unix.Rlimit
}
