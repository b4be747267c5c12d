package limit

import (
	"os"
	"testing"
)

// fakeFiles are a cgroup's files on v2.
type fakeFiles map[string]string

func (fakeFiles) V1() bool { return false }

func (f fakeFiles) Read(_, file string) (string, error) {
	content, ok := f[file]
	if !ok {
		return "", os.ErrNotExist
	}
	return content, nil
}

func TestUnprotected(t *testing.T) {
	asked, err := MemoryMin.Ask("100M")
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]bool{
		"0": true, "104853504": true, "104857600": false, "max": false, "nonsense": true,
	} {
		if got := asked.Unprotected(fakeFiles{"memory.min": content}); got != want {
			t.Errorf("a parent of %q leaves 100M unprotected: %v", content, got)
		}
	}
	if asked.Unprotected(fakeFiles{"memory.low": "0"}) {
		t.Error("the top of all, which has no such file, protects nothing")
	}
}
