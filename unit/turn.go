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
	"github.com/slimrun/slimrun/unit/problem"
)

// turns is how many launches talk to a manager at a time. systemd sends every
// signal to every connection, a dozen for each launch: a storm costs it the
// square of its size, and of a thousand launches at once hardly one was done
// within half a minute. One systemd, a single thread, is busy with two: while
// it works for one, the other gets ready.
const turns = 2

// turnPatience is how long a run waits behind a certain other one, which may be
// stopped (Ctrl-Z) in the middle of its launch. A new place in the queue costs a
// thread: with one second for it a thousand runs took 42 s instead of 7.
const turnPatience = 5 * time.Second

// turn is the right to talk to the manager: a lock on one byte of a file, of
// which there are as many as turns. It ends with its holder at the latest.
type turn struct{ file *os.File }

// takeTurn waits for a turn. Where there can be no file it is done without: a
// turn is for the good of all, no run depends on it. Errors: the deadline.
func takeTurn(ctx context.Context, path string) (turn, error) {
	for {
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
		err = queue(ctx, file, first)
		switch {
		case err == nil:
			return turn{file}, nil
		case ctx.Err() != nil:
			return turn{}, problem.Errorf("too many runs start at once: try again later",
				"waiting for a turn at the manager (%q): %w", path, err)
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

// queue waits behind one of those whose turn it is.
func queue(ctx context.Context, file *os.File, behind int64) error {
	ctx, cancel := context.WithTimeout(ctx, turnPatience)
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
		t.file.Close()
	}
}
