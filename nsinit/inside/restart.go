package inside

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Restart is for a program that was linked without -E (`go install`, go test): it
// executes a copy of itself, in memory, whose entry is the one that it should have
// had. It returns only where it fails, or where there is no need. What Go's start
// has changed by then is changed: signals other than HUP and INT that the caller
// ignored, and closed standard files.
//
// Errors: a set-uid program, the kernel forbids programs in memory
// (vm.memfd_noexec), no /proc.
func Restart(argv, env []string) error {
	if caller.Known {
		return nil
	}
	vector, err := unix.Auxv()
	if err != nil {
		return fmt.Errorf("reading the auxiliary vector: %w", err)
	}
	const secureTag, entryTag = 23, 9 // AT_SECURE, AT_ENTRY
	for _, pair := range vector {
		switch {
		case pair[0] == secureTag && pair[1] != 0:
			os.Stderr.WriteString(refusal)
			os.Exit(125)
		case pair[0] == entryTag && pair[1] == entryPC():
			return errors.New("the program's own entry did not run: this is a defect of slimrun")
		}
	}
	file, err := copied()
	if err != nil {
		return err
	}
	err = syscall.Exec(descriptor(file), argv, env)
	runtime.KeepAlive(file)
	return fmt.Errorf("executing a copy of this program in memory (sysctl vm.memfd_noexec forbids it from 1 on): %w", err)
}

// entryAt is the place of e_entry in an Elf64_Ehdr.
const entryAt = 24

// copied is this program in memory, with another entry, open for reading: what is
// open for writing cannot be executed (ETXTBSY).
func copied() (*os.File, error) {
	const what = "copying this program into memory"
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer program.Close()
	fd, err := unix.MemfdCreate("slimrun", unix.MFD_CLOEXEC|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3 there is no such flag
		fd, err = unix.MemfdCreate("slimrun", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	copy := os.NewFile(uintptr(fd), "slimrun")
	defer copy.Close()
	if _, err := io.Copy(copy, program); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	entry := binary.NativeEndian.AppendUint64(nil, uint64(entryPC()))
	if _, err := copy.WriteAt(entry, entryAt); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return os.Open(descriptor(copy))
}

func descriptor(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }
