package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed nfpm.yaml
var nfpmConfig []byte

// tarball packs the tree as NAME.tar.gz, below a folder of that name.
func (r release) tarball(tree, name string) error {
	var packed bytes.Buffer
	out := tar.NewWriter(&packed)
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, _ := filepath.Rel(tree, path)
		return r.add(out, path, filepath.Join(name, below))
	})
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return writeFile(filepath.Join(r.dir, name+".tar.gz"), compress(packed.Bytes()))
}

// add writes one file or folder, with nothing of its owner here.
func (r release) add(out *tar.Writer, path, name string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	header := &tar.Header{
		Name: name, Mode: int64(info.Mode().Perm()), ModTime: r.time, Format: tar.FormatUSTAR,
		Typeflag: tar.TypeReg, Size: info.Size(), Uname: "root", Gname: "root",
	}
	if info.IsDir() {
		header.Typeflag, header.Size, header.Name = tar.TypeDir, 0, name+"/"
	}
	if err := out.WriteHeader(header); err != nil || info.IsDir() {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}

// packages has nfpm make the .deb and the .rpm of what is laid out in work.
func (r release) packages(work, arch string) error {
	more, err := documents(work)
	if err != nil {
		return err
	}
	for kind, config := range map[string]string{"deb": string(nfpmConfig), "rpm": string(nfpmConfig) + more} {
		file := filepath.Join(work, kind+".yaml")
		if err := writeFile(file, []byte(config)); err != nil {
			return err
		}
		cmd := exec.Command("go", "run", r.nfpm, "package", "--config", file, "--packager", kind, "--target", r.dir)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "ARCH="+arch, "VERSION="+r.version, "MAINTAINER="+maintainer)
		if _, err := output(cmd); err != nil {
			return err
		}
	}
	return nil
}

// documents ends the configuration for a .rpm, which marks each file that is one; nfpm
// would write the changelog into a .deb too, where debian's is better.
func documents(work string) (string, error) {
	config := ""
	for _, dir := range []string{"tree/share/man", "tree/share/doc/slimrun"} {
		err := filepath.WalkDir(filepath.Join(work, dir), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				below, _ := filepath.Rel(filepath.Join(work, "tree"), path)
				config += fmt.Sprintf("  - {src: tree/%s, dst: /usr/%[1]s, type: doc}\n", below)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return config + "changelog: changelog.yaml\n", nil
}

// sums writes SHA256SUMS, as sha256sum -c reads it.
func (r release) sums() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	var list bytes.Buffer
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(r.dir, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(data), entry.Name())
	}
	return writeFile(filepath.Join(r.dir, "SHA256SUMS"), list.Bytes())
}
