package seccomp

import "golang.org/x/sys/unix"

// newNamespaces are the flags of clone(2) that unshare(2) has too.
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

var notThere = uint16(unix.ENOSYS)

// denyList is --seccomp default: what a payload hardly needs and an attacker
// likes. It is no allow-list: calls that are not named here go through.
var denyList = profile{
	DefaultAction: "SCMP_ACT_ALLOW",
	Syscalls: []rule{
		deny("mounts", "mount", "umount", "umount2", "pivot_root", "chroot",
			"move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
		deny("namespaces", "unshare", "setns"),
		denyIf("namespaces", "clone", condition{0, newNamespaces, 0, "masked not equal"}),
		// Its flags lie in memory that a filter cannot see; libc falls back on clone.
		{Names: []string{"clone3"}, Action: "SCMP_ACT_ERRNO", ErrnoRet: &notThere},
		deny("the kernel's code", "init_module", "finit_module", "delete_module", "create_module", "query_module",
			"kexec_load", "kexec_file_load", "bpf", "perf_event_open", "userfaultfd", "lookup_dcookie"),
		deny("keys, which have no namespace", "add_key", "request_key", "keyctl"),
		deny("other processes", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"),
		denyIf("other processes", "ptrace", condition{0, unix.PTRACE_ATTACH, 0, "SCMP_CMP_EQ"}),
		denyIf("other processes", "ptrace", condition{0, unix.PTRACE_SEIZE, 0, "SCMP_CMP_EQ"}),
		// The kernel looks at 32 bits of the command alone, so this must too.
		denyIf("the terminal", "ioctl", condition{1, 0xffffffff, unix.TIOCSTI, "SCMP_CMP_MASKED_EQ"}),
		denyIf("the terminal", "ioctl", condition{1, 0xffffffff, unix.TIOCLINUX, "SCMP_CMP_MASKED_EQ"}),
		deny("the machine", "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup",
			"iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
			"nfsservctl", "_sysctl", "uselib", "ustat", "sysfs"),
		deny("files behind their directories", "open_by_handle_at", "name_to_handle_at"),
		deny("calls around the filter", "io_uring_setup", "io_uring_enter", "io_uring_register"),
	},
}

func deny(why string, names ...string) rule {
	return rule{Names: names, Action: "SCMP_ACT_ERRNO", Comment: why}
}

func denyIf(why, name string, c condition) rule {
	return rule{Names: []string{name}, Action: "SCMP_ACT_ERRNO", Args: []condition{c}, Comment: why}
}
