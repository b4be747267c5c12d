package main

import (
	"context"
	"os/exec"
	"sync"
	"time"
)

// qemu is the machine's command line: two disks whose changes are thrown away, no
// network, no display. console and tests say where its two serial ports go. The
// kernel says little (loglevel) but when it ends: its words about each process that
// is killed for memory would hold an emulated CPU for tens of milliseconds.
func qemu(ctx context.Context, s suite, img image, drive, console, tests string) *exec.Cmd {
	b := boards[s.architecture()]
	boot := "console=" + b.consoleTTY + " root=PARTUUID=" + rootID +
		" rw loglevel=3 mitigations=off panic=-1 systemd.show_status=0"
	if s.init != "" {
		boot += " init=" + s.init
	}
	if s.boot != "" {
		boot += " " + s.boot
	}
	args := append(b.accelerator(s, img.kernel),
		"-smp", "2", "-M", b.machine, "-m", "2G", "-kernel", img.kernel, "-append", boot,
		"-display", "none", "-nodefaults", "-nic", "none", "-no-reboot",
		"-serial", console, "-chardev", tests+",id=tests")
	args = append(args, b.tests...)
	args = append(args, disk("root", img.root)...)
	return exec.CommandContext(ctx, b.qemu, append(args, disk("slimrun", drive)...)...)
}

func disk(name, file string) []string {
	return []string{
		"-drive", "if=none,format=raw,snapshot=on,id=" + name + ",file=" + file,
		"-device", "nvme,serial=" + name + ",drive=" + name,
	}
}

var (
	kvmOnce  sync.Once
	kvmWorks bool
)

var kvm = []string{"-accel", "kvm", "-cpu", "host"}

// One thread for both of the machine's CPUs: before QEMU 8.1 one CPU may translate code
// that the other is just patching, and the guest dies of "Oops: int3" when the kernel
// flips a static key, as it does at a first CPUQuota (bugzilla.redhat.com/2216496).
func (b board) accelerator(s suite, kernel string) []string {
	if s.hasKVM(kernel) {
		return kvm
	}
	return []string{"-accel", "tcg,thread=single", "-cpu", b.cpu}
}

// hasKVM tries KVM with a kernel that finds no disk, panics and so ends the machine:
// there are hosts whose /dev/kvm opens and fails only then.
func (s suite) hasKVM(kernel string) bool {
	if s.architecture() != here {
		return false
	}
	kvmOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		b := boards[here]
		probe := exec.CommandContext(ctx, b.qemu, append(kvm, "-M", b.machine, "-nodefaults", "-display", "none",
			"-no-reboot", "-m", "256M", "-kernel", kernel, "-append", "panic=-1")...)
		kvmWorks = probe.Run() == nil
	})
	return kvmWorks
}
