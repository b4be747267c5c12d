package nsinit

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestUnshare(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		said, failure := runInside(t, Clone{Flags: unix.CLONE_NEWNET | unix.CLONE_NEWIPC},
			Config{Unshare: Unshare{Loopback: true, Time: true, Cgroup: true}},
			`for n in net ipc time cgroup; do readlink /proc/self/ns/$n; done; cat /sys/class/net/lo/operstate >/dev/null
			grep -c . /proc/net/if_inet6 | sed 's/^/addresses /'; cut -d: -f3 /proc/self/cgroup | sort -u | sed 's/^/at /'
			for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do [ -e $f ] && { echo 1 > $f && echo "wrote $f"; } 2>/dev/null; done; echo done`)
		expect(t, said, failure, "done", "at /", "addresses 1")
		for _, name := range []string{"net", "ipc", "time", "cgroup"} {
			own, _ := os.Readlink("/proc/self/ns/" + name)
			if strings.Contains(said, own) {
				t.Errorf("%s is the caller's: %s", name, own)
			}
		}
		if strings.Contains(said, "wrote") {
			t.Errorf("C3: a cgroup could be written:\n%s", said)
		}
	})
}
