package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pages are what documents slimrun, in the source and in share/doc/slimrun.
var pages = []string{"README.md", "docs"}

// completions is where a shell looks for the script that slimrun writes for it.
var completions = map[string]string{
	"bash": "share/bash-completion/completions/slimrun",
	"zsh":  "share/zsh/site-functions/_slimrun",
	"fish": "share/fish/vendor_completions.d/slimrun.fish",
}

// layOut makes WORK/tree, as it is to lie in /usr or /usr/local: the tarball is that, and
// nfpm.yaml says where a package has it elsewhere. Beside it lies what packages have only.
func (r release) layOut(work string, parts []part) error {
	tree := filepath.Join(work, "tree")
	if err := copyFile(filepath.Join(tree, "bin/slimrun"), filepath.Join(work, "slimrun"), 0o755); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(tree, "share/licenses/slimrun/LICENSE"), "LICENSE", 0o644); err != nil {
		return err
	}
	for _, page := range pages {
		if err := copyPages(filepath.Join(tree, "share/doc/slimrun"), page); err != nil {
			return err
		}
	}
	files, err := r.written(parts)
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := writeFile(filepath.Join(work, name), data); err != nil {
			return err
		}
	}
	return r.date(work)
}

// written are the files that are not copied.
func (r release) written(parts []part) (map[string][]byte, error) {
	man, err := os.ReadFile("docs/slimrun.1")
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return nil, err
	}
	changes, err := parseChanges(string(page))
	if err != nil {
		return nil, fmt.Errorf("CHANGELOG.md: %w", err)
	}
	files := map[string][]byte{
		"tree/share/man/man1/slimrun.1.gz":    compress(man),
		"tree/share/doc/slimrun/copyright":    []byte(copyright(parts)),
		"tree/share/doc/slimrun/changelog.gz": compress(page),
		"changelog.Debian.gz":                 compress([]byte(r.debian(changes))),
		"changelog.yaml":                      []byte(r.chglog(changes)),
	}
	for shell, file := range completions {
		if files["tree/"+file], err = output(exec.Command(r.runnable(), "completion", shell)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// copyPages copies a page, or a folder of them, without the man page and what tests them.
func copyPages(to, name string) error {
	return filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".1" || filepath.Ext(path) == ".go" {
			return err
		}
		return copyFile(filepath.Join(to, path), path, 0o644)
	})
}

// date gives everything the time of the commit, and modes that no umask has changed.
func (r release) date(work string) error {
	return filepath.WalkDir(work, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
		return os.Chtimes(path, r.time, r.time)
	})
}

// copyright says under what terms slimrun is, and what else is in its binary; licenses
// of the BSD and MIT kind want to be handed on word for word.
func copyright(parts []part) string {
	var text strings.Builder
	fmt.Fprint(&text, "slimrun: https://github.com/slimrun/slimrun\n"+
		"Copyright: the slimrun authors\nLicense: Apache-2.0\n\n"+
		"The text of the Apache License 2.0 is /usr/share/common-licenses/Apache-2.0 on\n"+
		"Debian, and share/licenses/slimrun/LICENSE elsewhere.\n\n"+
		"The binary contains code of these modules:\n")
	for _, p := range parts {
		fmt.Fprintf(&text, "\n%s\n%s %s, %s\n\n", strings.Repeat("-", 72), p.path, p.version, p.license)
		if p.license != "Apache-2.0" {
			text.WriteString(strings.TrimSpace(p.text) + "\n")
		} else if _, notice, ok := strings.Cut(p.text, "limitations under the License.\n"); ok {
			text.WriteString(strings.TrimSpace(notice) + "\n")
		}
	}
	return text.String()
}

// compress is gzip -9n: no name, no time.
func compress(data []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.Bytes()
}

func copyFile(to, from string, mode fs.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := writeFile(to, data); err != nil {
		return err
	}
	return os.Chmod(to, mode)
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
