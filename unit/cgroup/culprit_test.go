package cgroup

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// U1: v1 counts apart how often memory and swap together reach a limit, or not at all (6.18);
// where both limits are the same, as Slurm sets them, that is the one which is reached. It
// is not the machine that had no memory left.
func TestReachedTogether(t *testing.T) {
	mounts, err := FindMounts()
	if _, ok := mounts["memory"]; err != nil || !ok || os.Geteuid() != 0 {
		t.Skip("needs root and cgroup v1's memory controller:", err)
	}
	dir := filepath.Join(mounts["memory"].Point, "slimrun-test-reached")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("cannot make a cgroup:", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	eight := []byte("8388608")
	err = errors.Join(os.WriteFile(dir+"/memory.limit_in_bytes", eight, 0),
		os.WriteFile(dir+"/memory.memsw.limit_in_bytes", eight, 0))
	if err != nil {
		t.Skip("memory and swap cannot be limited together:", err)
	}
	marks := Cgroup{Dirs: map[string]string{"memory": dir}, mounts: mounts}.MarkOOM()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const takes60M = `echo $$ >"$0/cgroup.procs" && head -c 60000000 /dev/zero | tail -c 60000000 >/dev/null`
	_ = exec.CommandContext(ctx, "sh", "-c", takes60M, dir).Run()
	level := marks.own.Levels("memory")[0]
	if whose := marks.Culprit().Whose; level.kills() != 1 || whose != Own && whose != Unknown {
		t.Errorf("%d kills, for a limit: %s", level.kills(), whose)
	}
}
