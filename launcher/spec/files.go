package spec

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// FileRequest is what the command line says of the payload's file system.
type FileRequest struct {
	Root     string
	Overlay  string
	ReadOnly bool
	Binds    []string // SRC[:DST][:ro]
	Tmpfs    []string // DST[:SIZE]
}

func (r FileRequest) given() bool {
	return r.Root != "" || r.Overlay != "" || r.ReadOnly || len(r.Binds) > 0 || len(r.Tmpfs) > 0
}

// readFiles reads it. The error joins every problem.
func readFiles(request FileRequest, share Share) (f nsinit.Files, err error) {
	var problems []error
	note := func(err error) { problems = append(problems, err) }
	f.ReadOnly = request.ReadOnly
	f.Root, err = existingDir("--root", request.Root)
	note(err)
	if f.Overlay = request.Overlay; f.Overlay != "-" {
		f.Overlay, err = existingDir("--overlay", request.Overlay)
		note(err)
	}
	// A tmpfs first: what is bound may lie in one.
	for _, text := range request.Tmpfs {
		mount, err := parseTmpfs(text)
		note(err)
		f.Mounts = append(f.Mounts, mount)
	}
	for _, text := range request.Binds {
		mount, err := parseBind(text)
		note(err)
		f.Mounts = append(f.Mounts, mount)
	}
	switch {
	case request.given() && share.Mount:
		note(errors.New("--root, --bind, --tmpfs, --read-only, --overlay: they need a mount namespace of the run's own: drop --share mount"))
	case request.Overlay != "" && request.Root == "":
		note(problem.Of(errors.New("--overlay: it lies over a root: want --root too"), "--root / takes the caller's own"))
	}
	return f, errors.Join(problems...)
}

// existingDir makes a path absolute; "" stays so.
func existingDir(flag, dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s %q: %w", flag, dir, err)
	}
	info, err := os.Stat(absolute)
	if err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s %q: want a directory", flag, dir)
	}
	return absolute, nil
}

// parseBind reads SRC[:DST][:ro]. A name with a colon cannot be written so.
func parseBind(text string) (m nsinit.Mount, err error) {
	words := strings.Split(text, ":")
	if last := len(words) - 1; last > 0 && (words[last] == "ro" || words[last] == "rw") {
		m.ReadOnly = words[last] == "ro"
		words = words[:last]
	}
	if len(words) > 2 || words[0] == "" {
		return m, fmt.Errorf("--bind %q: want SRC[:DST][:ro]", text)
	}
	if m.Source, err = filepath.Abs(words[0]); err != nil {
		return m, fmt.Errorf("--bind %q: %w", text, err)
	}
	if m.Target = m.Source; len(words) == 2 {
		m.Target = words[1]
	}
	if _, err := os.Lstat(m.Source); err != nil {
		return m, fmt.Errorf("--bind %q: %w", text, err)
	}
	return m, checkTarget("--bind", text, &m.Target)
}

// parseTmpfs reads DST[:SIZE].
func parseTmpfs(text string) (m nsinit.Mount, err error) {
	target, size, hasSize := strings.Cut(text, ":")
	m.Target = target
	if hasSize {
		m.Size, err = limit.ParseSize(size)
		if err != nil || m.Size == 0 || m.Size == limit.Infinity {
			return m, fmt.Errorf(`--tmpfs %q: want DST[:SIZE] with a size such as "100M" or "50%%"`, text)
		}
	}
	return m, checkTarget("--tmpfs", text, &m.Target)
}

func checkTarget(flag, text string, target *string) error {
	if !strings.HasPrefix(*target, "/") || path.Clean(*target) == "/" || strings.ContainsRune(*target, 0) {
		return fmt.Errorf("%s %q: want an absolute path below / as its place", flag, text)
	}
	*target = path.Clean(*target)
	return nil
}

// InsideDir is where the payload starts: a caller's directory is entered
// again, for a mount may lie over it now.
func (s Spec) InsideDir() string {
	if s.Workdir == "" && s.Files.Root == "" && len(s.Files.Mounts) > 0 {
		dir, _ := os.Getwd()
		return dir
	}
	return s.Workdir
}
