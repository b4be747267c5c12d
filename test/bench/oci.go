package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bare is the config.json of slimrun's namespaces, /proc and the least that
// runc starts with: it opens a /dev/null of the container's.
const bare = `{
  "ociVersion": "1.0.0",
  "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/"},
  "root": {"path": "rootfs"},
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
  ],
  "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "uts"}]}
}`

// containers are the peers that start `true` as a container, each as a bundle
// of slimrun's namespaces and as the one that its own `spec` writes (network,
// IPC, seven mounts, masked paths): what a user has who changes nothing.
func (b *bench) containers() (peers []*peer) {
	for _, p := range []struct {
		runtime string
		goal    goal
	}{{"crun", atMost(0.2)}, {"runc", atMost(0.12)}} {
		spec, err := ownSpec(p.runtime, b.dir)
		peers = append(peers,
			b.container(p.runtime, "bare", []byte(bare), nil, p.goal),
			b.container(p.runtime, "spec", spec, err, p.goal))
	}
	return peers
}

func (b *bench) container(runtime, kind string, config []byte, err error, goal goal) *peer {
	words := map[string]string{"bare": "run, same namespaces", "spec": "run, its own `spec`"}
	p := &peer{name: runtime + " " + words[kind], limits: limitSet, goal: goal}
	program := path(runtime)
	if program == "" {
		return p.without(notInstalled(runtime))
	}
	bundle := filepath.Join(benchDir, runtime+"-"+kind)
	if err == nil {
		err = makeBundle(b.lab.view(bundle), config)
	}
	if err != nil {
		return p.without(err)
	}
	n := 0
	p.post = b.lab.inside
	p.argv = func() []string {
		n++
		return []string{program, "--systemd-cgroup", "run", "--bundle", bundle, fmt.Sprintf("bench-%s-%d", kind, n)}
	}
	return p
}

// ownSpec is what `crun spec` or `runc spec` writes.
func ownSpec(runtime, dir string) ([]byte, error) {
	command := exec.Command(runtime, "spec")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s spec: %w: %s", runtime, err, lastLine(out))
	}
	file := filepath.Join(dir, "config.json")
	defer os.Remove(file)
	return os.ReadFile(file)
}

// makeBundle writes the config with the payload and the limit filled in, and
// a root that holds the same `true` that everybody starts.
func makeBundle(dir string, config []byte) error {
	var spec map[string]any
	if err := json.Unmarshal(config, &spec); err != nil {
		return err
	}
	program := path("true")
	process, linux := object(spec, "process"), object(spec, "linux")
	process["args"], process["terminal"], process["env"] = []string{program}, false, environment
	object(linux, "resources")["memory"] = map[string]any{"limit": 100 << 20}
	content, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "config.json"), string(content)); err != nil {
		return err
	}
	return makeRoot(filepath.Join(dir, "rootfs"), program)
}

// object is a member of a JSON object, made if it is missing.
func object(parent map[string]any, name string) map[string]any {
	if child, ok := parent[name].(map[string]any); ok {
		return child
	}
	child := map[string]any{}
	parent[name] = child
	return child
}

// makeRoot copies a program with the libraries that ldd names.
func makeRoot(root, program string) error {
	for _, dir := range []string{"proc", "dev", "sys"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	files := []string{program}
	libraries, _ := exec.Command("ldd", program).Output() // fails for a static one
	for _, word := range strings.Fields(string(libraries)) {
		if strings.HasPrefix(word, "/") {
			files = append(files, word)
		}
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(root, file), string(content)); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(root, file), 0o755); err != nil {
			return err
		}
	}
	return nil
}
