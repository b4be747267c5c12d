package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

// K3: a container's root cgroup with processes is refused before anything in
// it is changed; the true root, and an empty one, are not.
func TestRequireEmpty(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		ok    bool
	}{
		"true root":           {map[string]string{"cgroup.procs": "1\n2\n"}, true},
		"container, emptied":  {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": ""}, true},
		"container":           {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": "1\n"}, false},
		"container, not seen": {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": "0\n"}, false},
	}
	for name, test := range tests {
		dir := t.TempDir()
		for file, content := range test.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := RequireEmpty(dir); (err == nil) != test.ok {
			t.Errorf("%s: %v, want it to pass: %v", name, err, test.ok)
		}
	}
}
