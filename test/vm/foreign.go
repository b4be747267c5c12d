package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// binfmt is where the kernel is told what runs another architecture's programs.
const binfmt = "/proc/sys/fs/binfmt_misc"

// An elf is how the kernel knows such a program: the bytes of its header that count, and
// which bits of them (see update-binfmts(8); QEMU's scripts/qemu-binfmt-conf.sh).
var elves = map[string]struct{ emulator, magic, mask string }{
	"arm64": {
		"qemu-aarch64-static",
		`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`,
		`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
	},
}

// runForeign makes this machine run arch's programs until it is undone: a package's own
// scripts run when an image is built. Where it can already, nothing is changed. The
// emulator is opened at once (F), so that it is found in any root directory.
func runForeign(arch string) (undo func(), err error) {
	nothing := func() {}
	if arch == here || exec.Command("arch-test", arch).Run() == nil {
		return nothing, nil
	}
	elf, ok := elves[arch]
	if !ok {
		return nothing, fmt.Errorf("programs for %s are not known here", arch)
	}
	emulator, err := exec.LookPath(elf.emulator)
	if err != nil {
		return nothing, err
	}
	unmount, err := mountBinfmt()
	if err != nil {
		return nothing, err
	}
	name := "slimrun-vm-" + arch
	rule := fmt.Sprintf(":%s:M::%s:%s:%s:F", name, elf.magic, elf.mask, emulator)
	if err := os.WriteFile(filepath.Join(binfmt, "register"), []byte(rule), 0); err != nil {
		unmount()
		return nothing, fmt.Errorf("telling the kernel what runs programs for %s: %w", arch, err)
	}
	return func() {
		_ = os.WriteFile(filepath.Join(binfmt, name), []byte("-1"), 0)
		unmount()
	}, nil
}

// mountBinfmt mounts what a machine without systemd has not.
func mountBinfmt() (undo func(), err error) {
	if _, err := os.Stat(filepath.Join(binfmt, "register")); err == nil {
		return func() {}, nil
	}
	if err := output(exec.Command("mount", "-t", "binfmt_misc", "binfmt_misc", binfmt)); err != nil {
		return nil, err
	}
	return func() { _ = syscall.Unmount(binfmt, 0) }, nil
}
