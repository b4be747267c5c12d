package record

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// The bytes of the file lock.
const (
	life    = 0 // locked alone by the waiting slimrun, shared by who has seen its end
	readers = 1 // locked shared by who waits, alone by who removes
)

const (
	// settleWithin is how long who has seen a run's end may take to read what came of it.
	settleWithin = 5 * time.Second
	// endWithin is how long a slimrun whose run has ended may take to write that down, so
	// that the name can be used at once.
	endWithin = 500 * time.Millisecond
)

// errLives is why a lock is not to be had: the run lives.
var errLives = errors.New("it runs")

func tryLock(file *os.File, at int64, kind int16) error {
	return unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind, Start: at, Len: 1})
}

func unlock(file *os.File, at int64) { tryLock(file, at, unix.F_UNLCK) }

// lockedAlone says whether somebody else has a byte alone; nothing is locked for it.
func lockedAlone(file *os.File, at int64) bool {
	probe := unix.Flock_t{Type: unix.F_RDLCK, Start: at, Len: 1}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &probe)
	return err == nil && probe.Type != unix.F_UNLCK
}

// takeAlone locks a byte alone. Whoever has it shared is about to let go; who has it
// alone may be.
func takeAlone(file *os.File, at int64, patience time.Duration) error {
	for begin := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		err := tryLock(file, at, unix.F_WRLCK)
		waited := time.Since(begin)
		switch {
		case err == nil, !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES):
			return err
		case waited > patience && lockedAlone(file, at), waited > settleWithin:
			return errLives
		}
	}
}

// awaitShared locks a byte shared, once nobody has it alone. After an error the file
// is closed, also where the lock comes later.
func awaitShared(ctx context.Context, file *os.File, at int64) error {
	return linux.Await(ctx, file, func() error {
		return unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLKW, &unix.Flock_t{Type: unix.F_RDLCK, Start: at, Len: 1})
	})
}
