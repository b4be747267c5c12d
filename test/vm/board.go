package main

import "runtime"

// A board is the machine that QEMU makes of an architecture.
type board struct {
	qemu    string // the emulator
	machine string // the kind of machine
	cpu     string // the CPU, where it is emulated
	tests   []string
	// What Linux calls the serial ports: people's, and that of the tests.
	consoleTTY, testsTTY string
}

// boards are by Debian's names of architectures, which are Go's too. The arm64 board has
// but one serial port of its own. Its CPU is not "max", whose pointer authentication is
// the emulator's dearest instruction.
var boards = map[string]board{
	"amd64": {
		qemu: "qemu-system-x86_64", machine: "q35", cpu: "max",
		tests: []string{"-serial", "chardev:tests"}, consoleTTY: "ttyS0", testsTTY: "ttyS1",
	},
	"arm64": {
		qemu: "qemu-system-aarch64", machine: "virt", cpu: "cortex-a72",
		tests: []string{"-device", "pci-serial,chardev=tests"}, consoleTTY: "ttyAMA0", testsTTY: "ttyS0",
	},
}

// here is this machine's architecture, and that of a suite which does not ask for another.
const here = runtime.GOARCH
