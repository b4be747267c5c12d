package nsinit

import (
	"os"
	"syscall"

	"github.com/slimrun/slimrun/nsinit/files"
	"github.com/slimrun/slimrun/nsinit/inside"
)

// Enter comes first in main: it executes a program that was linked without its own
// entry (package inside) once more with it, and returns the program that this
// process is instead of the launcher, if it is one. Errors: inside.Restart's.
func Enter() (instead func(args []string) int, err error) {
	if err := inside.Restart(os.Args, os.Environ()); err != nil {
		return nil, err
	}
	if os.Args[0] == files.Name {
		return files.Main, nil
	}
	return nil, nil
}

// CallerIgnores says whether the caller of this program ignores a signal.
func CallerIgnores(s syscall.Signal) bool { return inside.TheCaller().Ignored&(1<<(s-1)) != 0 }

// CallerBlocks are the signals that the caller of this program blocks, bit N-1 for
// signal N.
func CallerBlocks() uint64 { return inside.TheCaller().Mask }

// CallerClosed says whether the caller of this program had closed that file descriptor,
// of 0 to 2: Go has opened /dev/null there.
func CallerClosed(fd int) bool { return fd >= 0 && fd < 3 && inside.TheCaller().Closed&(1<<fd) != 0 }
