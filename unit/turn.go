package unit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// turns is how many launches talk to a manager at a time. systemd sends every
// signal to every connection, a dozen for each launch: a storm costs it the
// square of its size, and of a thousand launches at once hardly one was done
// within half a minute. One systemd, a single thread, is busy with two: while
// it works for one, the other gets ready.
const turns = 2

const (
	// stuckAfter is how long those whose turn it is may take until others do without
	// one: they are stopped (Ctrl-Z) in the middle of their launch, or wait for
	// somebody. A launch takes 5 ms, on a loaded machine 200.
	stuckAfter = time.Second
	// lookEvery is how often a run that waits for one looks at the others. It varies,
	// so that a thousand do not look at once.
	lookEvery = 300 * time.Millisecond
)

// turn is the right to talk to the manager: a lock on one byte of a file, of
// which there are as many as turns. It ends with its holder at the latest. Who ends
// it writes to the file, whose time then says that the queue moves.
type turn struct{ file *os.File }

// takeTurn waits for a turn. It is for the good of all, no run depends on it: where
// there can be no file, and where nobody's turn ends for a while, it is done without.
// Errors: the context is cancelled.
func takeTurn(ctx context.Context, path string) (turn, error) {
	file, err := openTurns(path)
	if err != nil {
		return turn{}, nil
	}
	first := rand.N(int64(turns))
	for i := range int64(turns) {
		if lockByte(file, (first+i)%turns, unix.F_OFD_SETLK) == nil {
			return turn{file}, nil
		}
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	locked := make(chan error, 1)
	go func() {
		locked <- linux.Await(waiting, file, func() error { return lockByte(file, first, unix.F_OFD_SETLKW) })
	}()
	return awaitAny(ctx, file, first, locked)
}

// awaitAny waits for the lock that is waited for already, and looks at the others now
// and then.
func awaitAny(ctx context.Context, file *os.File, first int64, locked <-chan error) (turn, error) {
	began := time.Now()
	for {
		pause, before := lookEvery/2+rand.N(lookEvery), time.Now()
		select {
		case err := <-locked:
			if err == nil {
				return turn{file}, nil
			}
			return turn{}, nil // done without
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				return turn{}, nil
			}
			return turn{}, fmt.Errorf("waiting for a turn at the manager (%q): %w", file.Name(), context.Cause(ctx))
		case <-time.After(pause):
		}
		if time.Since(before) > pause+lookEvery/2 {
			began = time.Now() // the machine is short of time: so are those whose turn it is
		}
		other, err := openTurns(file.Name())
		if err != nil {
			return turn{}, nil
		}
		for i := int64(1); i < turns; i++ {
			if lockByte(other, (first+i)%turns, unix.F_OFD_SETLK) == nil {
				return turn{other}, nil
			}
		}
		moved := lastMoved(other)
		other.Close()
		if time.Since(began) > stuckAfter && time.Since(moved) > stuckAfter {
			return turn{}, nil
		}
	}
}

// takeAlone is the one right to set a slice's limits. Where it is not to be had in
// time it is done without, as a turn.
func takeAlone(ctx context.Context, path string) turn {
	file, err := openTurns(path)
	if err != nil {
		return turn{}
	}
	if lockByte(file, turns, unix.F_OFD_SETLK) == nil || queue(ctx, file, turns) == nil {
		return turn{file}
	}
	return turn{}
}

// lastMoved is when a turn ended last.
func lastMoved(file *os.File) time.Time {
	info, err := file.Stat()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// aloneWithin is how long the right to set a slice's limits is waited for.
const aloneWithin = 5 * time.Second

// queue waits behind the one who has it.
func queue(ctx context.Context, file *os.File, behind int64) error {
	ctx, cancel := context.WithTimeout(ctx, aloneWithin)
	defer cancel()
	return linux.Await(ctx, file, func() error { return lockByte(file, behind, unix.F_OFD_SETLKW) })
}

func lockByte(file *os.File, at int64, how int) error {
	return unix.FcntlFlock(file.Fd(), how, &unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1})
}

// openTurns makes the file, and its directory where that is slimrun's own.
func openTurns(path string) (*os.File, error) {
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_CLOEXEC | unix.O_NOFOLLOW
	fd, err := unix.Open(path, flags, 0o600)
	if errors.Is(err, unix.ENOENT) {
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		fd, err = unix.Open(path, flags, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

func (t turn) end() {
	if t.file != nil {
		t.file.WriteAt([]byte{'\n'}, 0) // a note for those who wait, no more
		t.file.Close()
	}
}
