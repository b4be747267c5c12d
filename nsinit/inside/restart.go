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
	err = syscall.Exec(Descriptor(file), argv, env)
	runtime.KeepAlive(file)
	return fmt.Errorf("executing a copy of this program in memory "+
		"(sysctl vm.memfd_noexec forbids it from 1 on): %w", err)
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
	copy, err := programMemory(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer copy.Close()
	if _, err := io.Copy(copy, program); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	entry := binary.NativeEndian.AppendUint64(nil, uint64(entryPC()))
	if _, err := copy.WriteAt(entry, entryAt); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return os.Open(Descriptor(copy))
}

// Descriptor is the name by which this process opens an open file once more.
func Descriptor(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }

// Sealed is this program in memory, open for reading, where nobody can write to it
// any more. A process that is in reach of others' hands is to execute that: they could
// get at its program (/proc/PID/exe), and with root's ids, and no other power, write to
// slimrun's own file as soon as nobody executes it.
func Sealed() (*os.File, error) {
	const what = "copying this program into memory"
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer program.Close()
	copy, err := programMemory(unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer copy.Close()
	if _, err := io.Copy(copy, program); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if err := seal(copy); err != nil {
		return nil, fmt.Errorf("sealing this program's copy: %w", err)
	}
	return os.Open(Descriptor(copy))
}

// seal waits for the kernel to be done with the copying: so long the pages are busy.
func seal(file *os.File) (err error) {
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	for range 10 {
		if _, err = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != unix.EBUSY {
			break
		}
	}
	return err
}

// programMemory is a file in memory that may be executed; before Linux 6.3 each may.
func programMemory(flags int) (*os.File, error) {
	fd, err := unix.MemfdCreate("slimrun", unix.MFD_CLOEXEC|unix.MFD_EXEC|flags)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate("slimrun", unix.MFD_CLOEXEC|flags)
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "slimrun"), nil
}
