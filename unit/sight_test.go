package unit

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/slimrun/slimrun/unit/problem"
)

// Row B16: by a /proc of another PID namespace somebody else's process would be limited, and proven.
func TestForeignProc(t *testing.T) {
	for self, foreign := range map[string]bool{
		strconv.Itoa(os.Getpid()):     false,
		strconv.Itoa(os.Getpid() + 1): true,
		"":                            false, // there is none
	} {
		proc := t.TempDir()
		if self != "" {
			if err := os.Symlink(self, filepath.Join(proc, "self")); err != nil {
				t.Fatal(err)
			}
		}
		err := ownProc(proc)
		if (err != nil) != foreign {
			t.Errorf("B16: /proc/self is %q: %v, want an error: %t", self, err, foreign)
		}
		if foreign && problem.Remedy(err) == "" {
			t.Errorf("B16: %v has no remedy", err)
		}
	}
}
