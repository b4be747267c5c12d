package problem

import (
	"os"
	"path/filepath"
	"strings"
)

// Unified is how a machine is booted for what only cgroup v2 has.
const Unified = "with systemd.unified_cgroup_hierarchy=1"

// Boot is the remedy to boot the machine at root differently. A container's is its host.
func Boot(root, what string) string {
	if container(root) {
		return "on this container's host: boot " + what
	}
	return "boot " + what
}

// container: its manager says so in PID 1's environment (systemd's container
// interface), or by a file of its own.
func container(root string) bool {
	environ, _ := os.ReadFile(filepath.Join(root, "/proc/1/environ"))
	if strings.Contains("\x00"+string(environ), "\x00container=") {
		return true
	}
	for _, name := range []string{"/run/.containerenv", "/.dockerenv", "/run/systemd/container"} {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			return true
		}
	}
	return false
}
