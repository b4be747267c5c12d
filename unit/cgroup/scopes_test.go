package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A manager's scopes are in its slices; what is in a service or a scope is another's.
func TestScopesBelow(t *testing.T) {
	top := t.TempDir()
	for _, dir := range []string{
		"init.scope", "system.slice/web.scope/web.scope", "system.slice/a-b.slice/b.scope", "gate/c.scope",
		"user.slice/user-1.slice/user@1.service/app.slice/web.scope", "user.slice/user-1.slice/session-1.scope",
	} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"init.scope": top + "/init.scope", "web.scope": top + "/system.slice/web.scope",
		"b.scope": top + "/system.slice/a-b.slice/b.scope", "session-1.scope": top + "/user.slice/user-1.slice/session-1.scope",
	}
	if diff := cmp.Diff(want, ScopesBelow(top)); diff != "" {
		t.Error(diff)
	}
}
