package main

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// layers are what some suites' images have beside the recipe, a folder each: its
// customize.sh runs before the recipe's own. They are no part of the recipe, so that the
// other images stay as they are.
//
//go:embed layer
var layers embed.FS

// imageOf returns the suite's image, and whether it had to be built.
func (l *lab) imageOf(s suite) (img image, built bool, err error) {
	if s.layer == "" {
		return l.image(s)
	}
	name := s.layer + "-" + s.release + "-" + s.architecture()
	lock, err := lockFile(filepath.Join(l.cache, name+".lock"))
	if err != nil {
		return img, false, err
	}
	defer lock.Close()
	files, err := fs.Sub(layers, "layer/"+s.layer)
	if err != nil {
		return img, false, err
	}
	dir := filepath.Join(l.cache, name+"-"+recipeHash()+layerHash(files))
	img = image{root: filepath.Join(dir, "root.disk"), kernel: filepath.Join(dir, "vmlinuz")}
	if _, err := os.Stat(dir); err == nil {
		return img, false, nil
	}
	if os.Geteuid() != 0 {
		return img, false, errors.New("building an image needs root: run this once with sudo -E, its cache is kept")
	}
	removeAll(filepath.Join(l.cache, name+"-*"))
	if err := buildLayered(dir+".new", s, files); err != nil {
		return img, false, fmt.Errorf("image of %s: %w", name, err)
	}
	return img, true, os.Rename(dir+".new", dir)
}

func layerHash(files fs.FS) string {
	sum := sha256.New()
	_ = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			data, _ := fs.ReadFile(files, path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(data), data)
		}
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil))[:12]
}

// buildLayered is buildImage with a layer: the recipe's hook finds a customize.sh that
// goes through the layer's first.
func buildLayered(dir string, s suite, layer fs.FS) error {
	work, tree := filepath.Join(dir, "work"), filepath.Join(dir, "tree")
	files, err := fs.Sub(recipe, "recipe")
	if err != nil {
		return err
	}
	if err := errors.Join(os.CopyFS(work, files), os.CopyFS(filepath.Join(work, "layer"), layer)); err != nil {
		return err
	}
	own, err := os.ReadFile(filepath.Join(work, "customize.sh"))
	if err != nil {
		return err
	}
	both := append([]byte("(cd layer && sh ./customize.sh \"$1\") || exit\n"), own...)
	if err := os.WriteFile(filepath.Join(work, "customize.sh"), both, 0o755); err != nil {
		return err
	}
	if err := bootstrap(work, tree, s.release, s.architecture()); err != nil {
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
