package embedded

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// What the manager can see of the machine it cannot change: every mount of the
// machine is read-only and without devices, and none propagates.
func TestView(t *testing.T) {
	r := testRegistry(t)
	e := join(t, r)
	options := map[string][]string{} // of the uppermost mount on a path
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/mountinfo", e.PID))) {
		fields := strings.Fields(line)
		options[fields[4]] = strings.Split(fields[5], ",")
		if strings.Contains(line, " shared:") || strings.Contains(line, " master:") {
			t.Errorf("mount propagates: %s", line)
		}
	}
	for path, want := range map[string][]string{
		"/": {"ro", "nodev"}, "/sys": {"ro", "nodev"}, "/proc/sys": {"ro"}, "/dev": {"nodev"},
		"/etc": {"rw"}, "/run": {"rw"}, "/run/systemd": {"rw"}, cgroup.Root + r.firstBranch(t): {"rw"},
	} {
		for _, option := range want {
			if !slices.Contains(options[path], option) {
				t.Errorf("%s is mounted %q, want %s", path, options[path], option)
			}
		}
	}
}

// firstBranch is where the manager sees a hierarchy, below /sys/fs/cgroup.
func (r registry) firstBranch(t *testing.T) string {
	t.Helper()
	branches, err := r.findTree()
	if err != nil {
		t.Fatal(err)
	}
	switch controllers := branches[0].controllers; controllers {
	case "":
		return ""
	case "name=systemd":
		return "/systemd"
	default:
		return "/" + controllers
	}
}

// Capabilities that reach the machine are gone, also from the bounding set.
func TestCapabilities(t *testing.T) {
	e := join(t, testRegistry(t))
	status := readFile(t, fmt.Sprintf("/proc/%d/status", e.PID))
	var bounding uint64
	_, after, _ := strings.Cut(status, "CapBnd:")
	if _, err := fmt.Sscanf(after, "%x", &bounding); err != nil {
		t.Fatal(err)
	}
	for _, capability := range []int{
		unix.CAP_SYS_MODULE, unix.CAP_SYS_BOOT, unix.CAP_SYS_TIME, unix.CAP_SYS_RAWIO, unix.CAP_MKNOD, unix.CAP_SYSLOG,
		unix.CAP_AUDIT_CONTROL, unix.CAP_AUDIT_WRITE, unix.CAP_AUDIT_READ, unix.CAP_SYS_TTY_CONFIG, unix.CAP_WAKE_ALARM,
		unix.CAP_MAC_ADMIN, unix.CAP_MAC_OVERRIDE, unix.CAP_LINUX_IMMUTABLE, unix.CAP_NET_RAW,
		unix.CAP_NET_BIND_SERVICE, unix.CAP_SYS_CHROOT, unix.CAP_SYS_PACCT, unix.CAP_BLOCK_SUSPEND,
		unix.CAP_CHECKPOINT_RESTORE, unix.CAP_SETFCAP, unix.CAP_IPC_OWNER,
	} {
		if bounding&(1<<capability) != 0 {
			t.Errorf("capability %d is in the manager's bounding set", capability)
		}
	}
}
