package main

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// recipe is what an image is made from, the code that does it included. Its hash is in the
// image's name, so a change of the recipe makes new images and nothing else does.
//
//go:embed recipe image.go disk.go
var recipe embed.FS

// An image is a Debian root file system and the stock kernel of that release.
type image struct{ root, kernel string }

// image returns the suite's image, and whether it had to be built: the cache had
// none. Only one process builds an image at a time.
func (l *lab) image(s suite) (img image, built bool, err error) {
	name := s.release + "-" + s.architecture()
	lock, err := lockFile(filepath.Join(l.cache, name+".lock"))
	if err != nil {
		return img, false, err
	}
	defer lock.Close()
	dir := filepath.Join(l.cache, name+"-"+recipeHash())
	img = image{root: filepath.Join(dir, "root.disk"), kernel: filepath.Join(dir, "vmlinuz")}
	if _, err := os.Stat(dir); err == nil {
		return img, false, nil
	}
	if os.Geteuid() != 0 {
		return img, false, errors.New("building an image needs root: run this once with sudo -E, its cache is kept")
	}
	removeAll(filepath.Join(l.cache, name+"-*"))
	if err := buildImage(dir+".new", s.release, s.architecture()); err != nil {
		return img, false, fmt.Errorf("image of %s: %w", name, err)
	}
	return img, true, os.Rename(dir+".new", dir)
}

func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return f, syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
}

func removeAll(pattern string) {
	old, _ := filepath.Glob(pattern)
	for _, dir := range old {
		_ = os.RemoveAll(dir)
	}
}

func recipeHash() string {
	sum := sha256.New()
	_ = fs.WalkDir(recipe, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			data, _ := recipe.ReadFile(path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(data), data)
		}
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil))[:12]
}

// buildImage makes DIR/root.disk and DIR/vmlinuz.
func buildImage(dir, release, arch string) error {
	work, tree := filepath.Join(dir, "work"), filepath.Join(dir, "tree")
	files, err := fs.Sub(recipe, "recipe")
	if err != nil {
		return err
	}
	if err := os.CopyFS(work, files); err != nil {
		return err
	}
	if err := bootstrap(work, tree, release, arch); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(tree, "boot/vmlinuz"), filepath.Join(dir, "vmlinuz")); err != nil {
		return err
	}
	if err := makeDisk(filepath.Join(dir, "root.disk"), tree); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(tree), os.RemoveAll(work))
}

func bootstrap(work, tree, release, arch string) error {
	undo, err := runForeign(arch)
	if err != nil {
		return err
	}
	defer undo()
	packages, err := recipe.ReadFile("recipe/packages")
	if err != nil {
		return err
	}
	m := findMirror()
	args := []string{
		"--architectures=" + arch, "--variant=minbase", "--mode=root", "--format=directory",
		"--include=" + strings.Join(strings.Fields(string(packages)), ","),
		"--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--customize-hook=cd " + work + ` && sh ./customize.sh "$1"`,
	}
	for _, option := range m.options {
		args = append(args, "--aptopt="+option)
	}
	cmd := exec.Command("mmdebstrap", append(args, release, tree, "-")...)
	cmd.Stdin = strings.NewReader(m.sources(release))
	return output(cmd)
}

// output runs a command whose words matter only when it fails.
func output(cmd *exec.Cmd) error {
	words, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, words)
	}
	return nil
}
