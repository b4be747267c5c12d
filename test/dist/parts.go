package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A part is a module whose code is in the binary, slimrun's own apart, and its license.
type part struct {
	path, version, sum string
	license            string // by its SPDX name
	text               string
}

// partsOf asks the binary what it is made of, and the module cache for the licenses.
func partsOf(binary string) ([]part, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	root, err := output(exec.Command("go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	std := part{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")}
	if err := std.readLicense(strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	parts := []part{std}
	for _, module := range info.Deps {
		dir, err := output(exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module.Path))
		if err != nil {
			return nil, err
		}
		p := part{path: module.Path, version: module.Version, sum: module.Sum}
		if err := p.readLicense(strings.TrimSpace(string(dir))); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// readLicense takes the license's text, and the notice that goes with some.
func (p *part) readLicense(dir string) error {
	for _, name := range []string{"LICENSE", "COPYING"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			p.text = string(data)
		}
	}
	if p.license = licenseOf(p.text); p.license == "" {
		return fmt.Errorf("%s: no license in %s that dist knows: read it, and add it to licenseOf", p.path, dir)
	}
	notice, err := os.ReadFile(filepath.Join(dir, "NOTICE"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	p.text += "\n" + string(notice)
	return err
}

// licenseOf recognizes a license by what no other says.
func licenseOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, known := range []struct{ phrase, name string }{
		{"Apache License Version 2.0", "Apache-2.0"},
		{"Permission is hereby granted, free of charge, to any person", "MIT"},
		{"Neither the name of", "BSD-3-Clause"},
		{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
	} {
		if strings.Contains(text, known.phrase) {
			return known.name
		}
	}
	return ""
}
