package remote

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The secret is not in what /proc shows of the slimrun on a node; Go still has it.
func TestErase(t *testing.T) {
	if os.Getenv(variable+"0") == "" {
		again := exec.Command("/proc/self/exe", "-test.run", "^TestErase$")
		again.Env = append(os.Environ(), variable+"0=the secret")
		if output, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	if err := erase(); err != nil {
		t.Fatal(err)
	}
	seen, err := os.ReadFile("/proc/self/environ")
	if err != nil || strings.Contains(string(seen), "the secret") || os.Getenv(variable+"0") != "the secret" {
		t.Errorf("%q, %v; Go has %q", seen, err, os.Getenv(variable+"0"))
	}
}

func TestEnvironmentIn(t *testing.T) {
	for _, stat := range []string{"", "1 (a) S 2 3", "1 (a b) S" + strings.Repeat(" 0", 60)} {
		if _, _, err := environmentIn(stat); err == nil {
			t.Errorf("%q is taken", stat)
		}
	}
}
