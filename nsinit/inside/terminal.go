package inside

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// readModes remembers those of the first terminal among stdin, stdout and
// stderr.
func (b *Block) readModes() {
	for fd := range uintptr(3) {
		if call(unix.SYS_IOCTL, fd, unix.TCGETS, uintptr(unsafe.Pointer(&b.life.modes)), 0, 0) == 0 {
			b.life.tty = int(fd)
			return
		}
	}
}

// giveTerminal makes the payload's process group the foreground one, where it
// is not the launcher's, which the shell has put there.
func (b *Block) giveTerminal() {
	group, errno := sys(unix.SYS_GETPGID, uintptr(b.life.payload), 0, 0, 0, 0, 0)
	if errno != 0 || group == 0 || b.sameGroup() {
		return
	}
	number := int32(group)
	for fd := range uintptr(3) {
		if call(unix.SYS_IOCTL, fd, unix.TIOCSPGRP, uintptr(unsafe.Pointer(&number)), 0, 0) == 0 {
			return
		}
	}
}
