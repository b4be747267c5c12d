package seccomp

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The table is elastic/go-seccomp-bpf's. That is not linked in: its maps, of
// all architectures, would take 0.3 ms of every start of every stage.
func TestSystemCallsAreElastics(t *testing.T) {
	info, err := arch.GetInfo("")
	if err != nil {
		t.Skip(err)
	}
	ours := systemCalls()
	if len(ours) != len(info.SyscallNames) {
		t.Errorf("%d system calls, and theirs are %d", len(ours), len(info.SyscallNames))
	}
	for name, number := range info.SyscallNames {
		if ours[name] != uint32(number) {
			t.Errorf("%s is %d, and theirs %d", name, ours[name], number)
		}
	}
}

// decide runs a filter on a call. The interpreter loads words big-endian.
func decide(t *testing.T, filter []byte, arch, number uint32, args ...uint64) uint32 {
	t.Helper()
	var program []bpf.Instruction
	for ; len(filter) > 0; filter = filter[8:] {
		raw := bpf.RawInstruction{
			Op: binary.LittleEndian.Uint16(filter), Jt: filter[2], Jf: filter[3], K: binary.LittleEndian.Uint32(filter[4:]),
		}
		program = append(program, raw.Disassemble())
	}
	machine, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[dataNumber:], number)
	binary.BigEndian.PutUint32(data[dataArch:], arch)
	for i, arg := range args {
		binary.BigEndian.PutUint32(data[dataArgs+8*i:], uint32(arg))
		binary.BigEndian.PutUint32(data[dataArgs+8*i+4:], uint32(arg>>32))
	}
	answer, err := machine.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(answer)
}

const (
	refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	allowed = unix.SECCOMP_RET_ALLOW
	missing = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// promised are the calls that docs/security.md says are refused, written down a
// second time: the list must not be held against itself.
const promised = `
	mount umount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr
	unshare setns
	init_module finit_module delete_module create_module query_module kexec_load kexec_file_load
	bpf perf_event_open userfaultfd lookup_dcookie
	add_key request_key keyctl
	process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise
	settimeofday clock_settime clock_adjtime adjtimex swapon swapoff reboot
	acct quotactl quotactl_fd syslog vhangup iopl ioperm nfsservctl _sysctl uselib ustat sysfs
	io_uring_setup io_uring_enter io_uring_register open_by_handle_at name_to_handle_at`

// For every system call the default list decides as elastic's assembler does
// with what is promised.
func TestDenyListAgainstElastic(t *testing.T) {
	filter, err := Filter("default")
	if err != nil {
		t.Fatal(err)
	}
	numbers := systemCalls()
	names := slices.DeleteFunc(strings.Fields(promised), func(name string) bool { _, here := numbers[name]; return !here })
	policy := seccomp.Policy{
		DefaultAction: seccomp.ActionAllow,
		Syscalls:      []seccomp.SyscallGroup{{Names: names, Action: seccomp.ActionErrno}},
	}
	theirs, err := policy.Assemble()
	if err != nil {
		t.Fatal(err)
	}
	machine, err := bpf.NewVM(theirs)
	if err != nil {
		t.Fatal(err)
	}
	for name, number := range numbers {
		if name == "clone3" {
			continue
		}
		data := make([]byte, 64)
		binary.BigEndian.PutUint32(data[dataNumber:], number)
		binary.BigEndian.PutUint32(data[dataArch:], auditArch)
		want, err := machine.Run(data)
		if err != nil {
			t.Fatal(err)
		}
		if got := decide(t, filter, auditArch, number); got != uint32(want) {
			t.Errorf("%s: %#x, and theirs %#x", name, got, want)
		}
	}
}

// Who else names such calls names none that goes through: systemd's sets.
func TestDenyListAgainstSystemd(t *testing.T) {
	sets, err := exec.Command("systemd-analyze", "syscall-filter",
		"@mount", "@module", "@reboot", "@swap", "@clock", "@raw-io", "@keyring").Output()
	if err != nil {
		t.Skip("needs systemd-analyze:", err)
	}
	filter, err := Filter("default")
	if err != nil {
		t.Fatal(err)
	}
	numbers, refusals := systemCalls(), 0
	comments := regexp.MustCompile(`(?m)^ *#.*$`)
	for _, name := range strings.Fields(comments.ReplaceAllString(string(sets), "")) {
		number, here := numbers[name]
		if !here {
			continue // a set's name, or another architecture's call
		}
		refusals++
		if got := decide(t, filter, auditArch, number); got != refused {
			t.Errorf("%s: %#x, want it refused", name, got)
		}
	}
	if refusals < 20 {
		t.Errorf("%d calls in\n%s", refusals, sets)
	}
}

func TestDenyListArguments(t *testing.T) {
	filter, err := Filter("default")
	if err != nil {
		t.Fatal(err)
	}
	n := systemCalls()
	for _, c := range []struct {
		what   string
		arch   uint32
		number uint32
		args   []uint64
		want   uint32
	}{
		{"a thread", auditArch, n["clone"], []uint64{unix.CLONE_VM | unix.CLONE_THREAD}, allowed},
		{"a user namespace", auditArch, n["clone"], []uint64{unix.CLONE_NEWUSER | 17}, refused},
		{"TIOCSTI", auditArch, n["ioctl"], []uint64{0, unix.TIOCSTI}, refused},
		{"TIOCSTI with bits that the kernel drops", auditArch, n["ioctl"], []uint64{0, 1<<40 | unix.TIOCSTI}, refused},
		{"TCGETS", auditArch, n["ioctl"], []uint64{0, unix.TCGETS}, allowed},
		{"tracing its own child", auditArch, n["ptrace"], []uint64{unix.PTRACE_TRACEME}, allowed},
		{"tracing another", auditArch, n["ptrace"], []uint64{unix.PTRACE_ATTACH}, refused},
		{"clone3", auditArch, n["clone3"], nil, missing},
		{"x32", auditArch, 1<<30 | n["mount"], nil, missing},
		{"another architecture", unix.AUDIT_ARCH_I386, 0, nil, unix.SECCOMP_RET_KILL_PROCESS},
	} {
		if got := decide(t, filter, c.arch, c.number, c.args...); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.what, got, c.want)
		}
	}
}

// Every operator, around a value that takes both halves.
func TestComparisons(t *testing.T) {
	const value = 5<<32 | 7
	for op, holds := range map[string]func(uint64) bool{
		"SCMP_CMP_EQ": func(n uint64) bool { return n == value }, "SCMP_CMP_NE": func(n uint64) bool { return n != value },
		"SCMP_CMP_GT": func(n uint64) bool { return n > value }, "SCMP_CMP_GE": func(n uint64) bool { return n >= value },
		"SCMP_CMP_LT": func(n uint64) bool { return n < value }, "SCMP_CMP_LE": func(n uint64) bool { return n <= value },
	} {
		p := profile{DefaultAction: "SCMP_ACT_ALLOW", Syscalls: []rule{denyIf("", "read", condition{2, value, 0, op})}}
		filter, err := p.assemble(map[string]uint32{"read": 0})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []uint64{0, value - 1, value, value + 1, 4<<32 | 9, 6 << 32, 5 << 32, 7, ^uint64(0)} {
			want := uint32(allowed)
			if holds(n) {
				want = refused
			}
			if got := decide(t, filter, auditArch, 0, 0, 0, n); got != want {
				t.Errorf("%s on %#x: %#x, want %#x", op, n, got, want)
			}
		}
	}
}

func TestProfiles(t *testing.T) {
	for text, want := range map[string]string{
		`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","_llseek","socketcall"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}`: "",
		`{"defaultAction":"SCMP_ACT_NOTIFY"}`: `action "SCMP_ACT_NOTIFY"`,
		"{\n\"defaultAction\":\"SCMP_ACT_ALLOW\",\n\"syscalls\":[{\"names\":[\"a\"],\"includes\":{}}]}":                    "includes",
		`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"op":"X"}]}]}`: `"X"`,
		`nonsense`: "line 1",
		``:         "line 1",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\"}\n\n x":                                                              "line 3",
		`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdri","MKDIR","x"],"action":"SCMP_ACT_ERRNO"}]}`: `"mkdri" (mkdir?), "MKDIR" (mkdir?), "x"`,
		`{"defaultAction":"SCMP_ACT_ERRNO"}`:                                                                        "execve with SCMP_ACT_ERRNO",
		`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["execve"],"action":"SCMP_ACT_TRAP"}]}`:             "execve with SCMP_ACT_TRAP",
		`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["execve"],"action":"SCMP_ACT_KILL_PROCESS"}]}`:     "execve with SCMP_ACT_KILL_PROCESS",
	} {
		file := filepath.Join(t.TempDir(), "profile.json")
		os.WriteFile(file, []byte(text), 0o644)
		filter, err := Filter(file)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		case want == "":
			if got := decide(t, filter, auditArch, systemCalls()["mkdir"]); got != missing {
				t.Errorf("mkdir: %#x", got)
			}
		}
	}
}

// Every name that golang.org/x/sys has for any architecture is known, in order.
func TestAllNames(t *testing.T) {
	known := strings.Fields(allNames)
	if !slices.IsSorted(known) {
		t.Error("the names are not in order")
	}
	for name := range systemCalls() {
		if !slices.Contains(known, name) {
			t.Errorf("%s is this machine's, and not known", name)
		}
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Skip(err)
	}
	tables, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "unix/zsysnum_linux_*.go"))
	if err != nil || len(tables) < 10 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	isCall := regexp.MustCompile(`(?m)^\tSYS_(\w+) `)
	noCall := regexp.MustCompile(`^(unused|reserved)[0-9]+$|^arch_specific_syscall$|^syscall_mask$`)
	for _, table := range tables {
		content, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range isCall.FindAllStringSubmatch(string(content), -1) {
			if name := strings.ToLower(found[1]); !noCall.MatchString(name) && !slices.Contains(known, name) {
				t.Errorf("%s of %s is not known", name, filepath.Base(table))
			}
		}
	}
}
