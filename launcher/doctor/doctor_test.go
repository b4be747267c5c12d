package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit"
)

// host is a machine that has these files and nothing else.
func host(t *testing.T, uid int, files map[string]string) unit.Host {
	t.Helper()
	h := unit.Host{Root: t.TempDir(), UID: uid}
	for name, content := range files {
		path := filepath.Join(h.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// Each row breaks one thing that a user needs; its check says so.
func TestExamineUser(t *testing.T) {
	const passwd = "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\n"
	whole := map[string]string{
		"/etc/passwd": passwd, "/proc/self/ns/user": "", "/usr/bin/newuidmap": "", "/usr/bin/newgidmap": "",
		"/etc/subuid": "bob:1:1\nann:100000:65536\n", "/etc/subgid": "1000:100000:65536\n",
		"/proc/sys/user/max_user_namespaces": "1000\n", "/proc/sys/kernel/unprivileged_userns_clone": "1\n",
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0\n",
	}
	for _, test := range []struct {
		uid                 int
		file, content       string // "-" takes the file away
		check               string
		state               unit.State
		found, remedyStarts string
	}{
		{1000, "", "", "user namespaces", unit.Works, "", ""},
		{1000, "", "", "newuidmap", unit.Works, "100000:65536", ""},
		{1000, "", "", "newgidmap", unit.Works, "100000:65536", ""},
		{1000, "/proc/self/ns/user", "-", "user namespaces", unit.Broken, "none", "boot a kernel"},
		{1000, "/proc/sys/user/max_user_namespaces", "0\n", "user namespaces", unit.Broken, "max_user_namespaces is 0", "as root: sysctl -w user.max_user_namespaces="},
		{1000, "/proc/sys/kernel/unprivileged_userns_clone", "0\n", "user namespaces", unit.Broken, "unprivileged_userns_clone is 0", "as root: sysctl -w"},
		{1000, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "user namespaces", unit.Broken, "is 1", "as root: sysctl -w"},
		{0, "/proc/sys/user/max_user_namespaces", "0\n", "user namespaces", unit.Missing, "is 0", "as root"},
		{1000, "/usr/bin/newuidmap", "-", "newuidmap", unit.Missing, "not installed", "as root: apt-get install uidmap"},
		{1000, "/etc/subuid", "bob:1:1\n", "newuidmap", unit.Missing, "gives ann no ids", "as root: usermod --add-subuids"},
		{1000, "/etc/subgid", "-", "newgidmap", unit.Missing, "gives ann no ids", "as root: usermod --add-subgids"},
		{0, "/etc/subuid", "-", "newuidmap", unit.Works, "", ""},
	} {
		h := host(t, test.uid, whole)
		switch {
		case test.content == "-":
			os.Remove(filepath.Join(h.Root, test.file))
		case test.file != "":
			os.WriteFile(filepath.Join(h.Root, test.file), []byte(test.content), 0o644)
		}
		checks := examineUser(h)
		i := slices.IndexFunc(checks, func(check unit.Check) bool { return check.Name == test.check })
		if i < 0 {
			t.Fatalf("no check %q in %+v", test.check, checks)
		}
		check := checks[i]
		if check.State != test.state || !strings.Contains(check.Found, test.found) ||
			!strings.HasPrefix(check.Remedy, test.remedyStarts) ||
			(check.Remedy == "") != (check.State == unit.Works) {
			t.Errorf("uid %d, %s %q: %+v, want %s, %q, %q",
				test.uid, test.file, test.content, check, test.state, test.found, test.remedyStarts)
		}
	}
}

func TestStatus(t *testing.T) {
	if (Checkup{Works: false}).Status() != 1 || (Checkup{Works: true}).Status() != 0 {
		t.Error("doctor's status is not 0 for what works and 1 for what does not")
	}
}
