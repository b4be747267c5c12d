package unit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// N1: in a step each limit is proven by the least of all cgroups around it; one that they
// leave more of names the option of srun that would give it.
func TestProveInStep(t *testing.T) {
	m := &Manager{Kind: SlurmKind, step: &slurm.Step{Job: "2", Name: "0", Task: "0"}}
	around := newCaller(held(t, "slimrun-test-e", "67108864", "104857600"), true)
	for _, c := range []struct {
		asked     limit.Asked
		err, hint string // "" for proven
	}{
		{limit.Memory.Imply("64M"), "", ""},
		{limit.Memory.Imply("80M"), "", ""}, // there is less, which Clip says
		{limit.Memory.Imply("32M"), "--memory 32M cannot be proven: the least around step 2.0 is 64M, of slimrun-test-e", "srun --mem=32M, where"},
		{limit.Memory.Imply("32769K"), "cannot be proven", "drop it: srun counts memory in MiB: 32M or 33M"},
		{limit.CPUWeight.Imply("10"), "--cpu-weight 10 cannot be proven: a step of Slurm's has no such limit", "drop it: srun has no option"},
		{limit.OOM.Imply("kill"), "--oom kill cannot be proven", "drop it"},
		{limit.OOM.Imply("continue"), "", ""},
		{limit.Timeout.Imply("10s"), "", ""},
		{limit.Memory.Imply("infinity"), "", ""},
	} {
		proof := m.proveAround(around, c.asked)
		switch {
		case c.err == "" && (proof.Err != nil || !proof.Proven):
			t.Errorf("%s: %v, want it proven", c.asked, proof.Err)
		case c.err == "":
		case proof.Proven || proof.Err == nil || !strings.Contains(proof.Err.Error(), c.err) ||
			!strings.Contains(problem.Remedy(proof.Err), c.hint):
			t.Errorf("%s: %v, hint %q, want %q, %q", c.asked, proof.Err, problem.Remedy(proof.Err), c.err, c.hint)
		}
	}
	if at := memoryLimit(around.own); at == nil || at.Path != "/slimrun-test-e" {
		t.Errorf("the peak is read at %+v", at)
	}
}

// So many CPUs give no more than that time, whatever the quota is.
func TestTimeOfCPUs(t *testing.T) {
	set, quota := Bound{Asked: limit.CPUSet.Imply("0,3"), Cgroup: "/a"}, Bound{Asked: limit.CPUs.Imply("1.5"), Cgroup: "/b"}
	for want, got := range map[string]Bound{
		"2":   leastTime(Bound{}, set),
		"1.5": leastTime(quota, set),
		"1":   leastTime(quota, Bound{Asked: limit.CPUSet.Imply("7"), Cgroup: "/a"}),
		"":    leastTime(Bound{}, Bound{}),
	} {
		if got.Text != want {
			t.Errorf("%+v, want %s CPUs", got, want)
		}
	}
}

// On v1 too the CPUs that Slurm gives are a bound of CPU time, and no flag of systemd's.
func TestTimeOfCPUsOnV1(t *testing.T) {
	mounts, err := cgroup.FindMounts()
	if _, ok := mounts["cpuset"]; err != nil || !ok || os.Geteuid() != 0 {
		t.Skip("needs root and cgroup v1's cpuset controller:", err)
	}
	top := mounts["cpuset"].Point
	dir := filepath.Join(top, "slimrun-test-cpus")
	mems, err := os.ReadFile(top + "/cpuset.mems")
	if err := errors.Join(err, os.Mkdir(dir, 0o755)); err != nil {
		t.Skip("cannot make a cgroup:", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	err = errors.Join(os.WriteFile(dir+"/cpuset.mems", mems, 0), os.WriteFile(dir+"/cpuset.cpus", []byte("0"), 0))
	if err != nil {
		t.Skip("CPU 0 is not to be had:", err)
	}
	own := held(t, "slimrun-test-f", "67108864")
	own.Dirs["cpuset"] = dir
	if bound := newCaller(own, true).bound(limit.CPUs); bound.Text != "1" || bound.Cgroup != "/slimrun-test-cpus" {
		t.Errorf("in a step: %+v, want 1 CPU", bound)
	}
	if bound := newCaller(own, true).bound(limit.CPUSet); bound.Row != nil {
		t.Errorf("--cpuset: %+v, want none", bound)
	}
}
