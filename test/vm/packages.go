package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// nativePackages are what the scenarios use on this machine: by program, the
// Debian package it comes from. The others are needed for machines, and for building the
// image of one that is of another architecture.
var (
	nativePackages = map[string]string{
		"stress":               "stress",
		"/lib/systemd/systemd": "systemd",
		"setpriv":              "util-linux",
		"ps":                   "procps",
		"strace":               "strace",
		"zsh":                  "zsh",
		"fish":                 "fish",
	}
	machinePackages = map[string]string{
		"mmdebstrap": "mmdebstrap",
		"mke2fs":     "e2fsprogs",
		"/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
	}
	emulatorPackages = map[string]map[string]string{
		"amd64": {"qemu-system-x86_64": "qemu-system-x86"},
		"arm64": {"qemu-system-aarch64": "qemu-system-arm"},
	}
	foreignPackages = map[string]map[string]string{
		"arm64": {"qemu-aarch64-static": "qemu-user-static", "arch-test": "arch-test"},
	}
)

// require installs what the suites need and this machine lacks, or says what it is.
func (l *lab) require(suites []suite) error {
	missing := missingOf(nativePackages)
	for _, s := range suites {
		if s.native() {
			continue
		}
		missing = append(missing, missingOf(machinePackages)...)
		missing = append(missing, missingOf(emulatorPackages[s.architecture()])...)
		if s.architecture() != here {
			missing = append(missing, missingOf(foreignPackages[s.architecture()])...)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return install(slices.Compact(missing))
}

func missingOf(packages map[string]string) []string {
	var missing []string
	for program, pkg := range packages {
		if !present(program) {
			missing = append(missing, pkg)
		}
	}
	return missing
}

func present(program string) bool {
	if strings.HasPrefix(program, "/") {
		_, err := os.Stat(program)
		return err == nil
	}
	_, err := exec.LookPath(program)
	return err == nil
}

func install(packages []string) error {
	line := "apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
	if os.Geteuid() != 0 {
		return fmt.Errorf("not installed: %s: run sudo %s", strings.Join(packages, " "), line)
	}
	fmt.Println("vm:", line)
	cmd := exec.Command("sh", "-c", "apt-get update -q && "+line)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot install %s: %w", strings.Join(packages, " "), err)
	}
	return nil
}
