package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// fileFlags are about the payload's file system.
func (d *Draft) fileFlags() grammar.Flags {
	const group = "Files"
	f := &d.spec.Files
	return grammar.Flags{
		{
			Name: "root", Group: group, Placeholder: "DIR", Value: grammar.Read(directory(&f.Root)),
			Help: "Root file system; it gets /proc, a minimal /dev, /sys read-only, and a /tmp " +
				"that counts against --memory.",
		},
		{
			Name: "overlay", Group: group, Placeholder: "DIR|-", Value: grammar.Read(d.setOverlay),
			Help: "Keep changes to --root in DIR, or in a tmpfs that counts against --memory and goes with the run.",
		},
		{
			Name: "bind", Group: group, Placeholder: "SRC[:DST][:ro]", Value: grammar.Each(d.addBind),
			Help: "Show a file or directory inside; its place is made where that lies in --root or --tmpfs; " +
				"repeatable.",
		},
		{
			Name: "tmpfs", Group: group, Placeholder: "DST[:SIZE]", Value: grammar.Each(d.addTmpfs),
			Help: "An empty tmpfs; what is in it counts against --memory; repeatable.",
		},
		{
			Name: "read-only", Group: group, Value: grammar.Switch(&f.ReadOnly),
			Help: "All but --bind and --tmpfs is read-only.",
		},
	}
}

func (d *Draft) setOverlay(dir string) error {
	if dir == "-" {
		d.spec.Files.Overlay = dir
		return nil
	}
	return directory(&d.spec.Files.Overlay)(dir)
}

func (d *Draft) addBind(text string) error {
	mount, err := parseBind(text)
	d.spec.Files.Mounts = append(d.spec.Files.Mounts, mount)
	return err
}

func (d *Draft) addTmpfs(text string) error {
	mount, err := parseTmpfs(text)
	d.tmpfs = append(d.tmpfs, mount)
	return err
}

// finishFiles puts every tmpfs first, for what is bound may lie in one, and
// refuses what does not go together.
func (d *Draft) finishFiles() error {
	f := &d.spec.Files
	f.Mounts = slices.Concat(d.tmpfs, f.Mounts)
	f.FreshSys = d.spec.Unshare.Net
	var problems []error
	if d.asksFiles() && d.spec.Share.Mount {
		problems = append(problems,
			errors.New("--root, --bind, --tmpfs, --read-only, --overlay: "+
				"they need a mount namespace of the run's own: drop --share mount"))
	}
	if f.Overlay != "" && f.Root == "" {
		problems = append(problems, problem.Of(errors.New("--overlay: it lies over a root: want --root too"),
			"--root / takes the caller's own"))
	}
	return errors.Join(problems...)
}

func (d *Draft) asksFiles() bool {
	f := d.spec.Files
	return f.Root != "" || f.Overlay != "" || f.ReadOnly || len(f.Mounts) > 0
}

// directory takes a directory, and makes its path absolute; "" is none.
func directory(to *string) func(dir string) error {
	return func(dir string) error {
		if dir == "" {
			return nil
		}
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		*to = absolute
		info, err := os.Stat(absolute)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("want a directory: %w", fs.ErrPermission)
		case err != nil || !info.IsDir():
			return errors.New("want a directory")
		}
		return nil
	}
}

// parseBind reads SRC[:DST][:ro]. A name with a colon cannot be written so.
func parseBind(text string) (m nsinit.Mount, err error) {
	words := strings.Split(text, ":")
	if last := len(words) - 1; last > 0 && (words[last] == "ro" || words[last] == "rw") {
		m.ReadOnly = words[last] == "ro"
		words = words[:last]
	}
	if len(words) > 2 || words[0] == "" {
		return m, errors.New("want SRC[:DST][:ro]")
	}
	if m.Source, err = filepath.Abs(words[0]); err != nil {
		return m, err
	}
	if m.Target = m.Source; len(words) == 2 {
		m.Target = words[1]
	}
	if _, err := os.Lstat(m.Source); err != nil {
		return m, err
	}
	return m, checkTarget(&m.Target)
}

// parseTmpfs reads DST[:SIZE].
func parseTmpfs(text string) (m nsinit.Mount, err error) {
	target, size, hasSize := strings.Cut(text, ":")
	m.Target = target
	if hasSize {
		m.Size, err = limit.ParseSize(size)
		if err != nil || m.Size == 0 || m.Size == limit.Infinity {
			return m, errors.New(`want DST[:SIZE] with a size such as "100M" or "50%"`)
		}
		if err := limit.Slip(size, m.Size); err != nil {
			return m, err
		}
	}
	return m, checkTarget(&m.Target)
}

func checkTarget(target *string) error {
	if !strings.HasPrefix(*target, "/") || path.Clean(*target) == "/" || strings.ContainsRune(*target, 0) {
		return errors.New("want an absolute path below / as its place")
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
