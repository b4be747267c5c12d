package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// nativePackages are what the scenarios use on this machine: by program, the
// Debian package it comes from. machinePackages are needed for machines.
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
		"qemu-system-x86_64": "qemu-system-x86",
		"mmdebstrap":         "mmdebstrap",
		"mke2fs":             "e2fsprogs",
		"/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
	}
)

// require installs what the suites need and this machine lacks, or says what it is.
func (l *lab) require(suites []suite) error {
	missing := missingOf(nativePackages)
	for _, s := range suites {
		if !s.native() {
			missing = append(missing, missingOf(machinePackages)...)
			break
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return install(missing)
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
