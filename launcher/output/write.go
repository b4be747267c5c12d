package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// readerWithin bounds the wait for somebody to open a FIFO.
const readerWithin = 5 * time.Second

// Write writes the content, which takes the place of a file's, and closes it. It waits
// for a reader who is slow until the context ends. Errors: the file is no longer where
// it was, besides those of write(2).
func (f *File) Write(ctx context.Context, content []byte) error {
	done := make(chan error, 1)
	go func() { done <- f.write(ctx, content) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("nobody reads it: %w", context.Cause(ctx))
	}
}

func (f *File) write(ctx context.Context, content []byte) (err error) {
	file, moved := f.file, error(nil)
	switch {
	case f.kind == unix.S_IFREG:
		file, moved, err = f.settle()
	case f.kind == unix.S_IFIFO:
		file, err = f.awaitReader(ctx)
	}
	if err != nil {
		return err
	}
	if _, err = file.Write(content); err != nil {
		return bare(err)
	}
	return errors.Join(bare(file.Close()), moved)
}

// bare is the reason alone: who calls names the file.
func bare(err error) error {
	if known := (*os.PathError)(nil); errors.As(err, &known) {
		return known.Err
	}
	return err
}

// settle finds the file empty. One that was removed is made anew, in the directory that
// it was in; where something else has its name, moved says so.
func (f *File) settle() (file *os.File, moved, err error) {
	switch still, err := f.place.Holds(f.file); {
	case errors.Is(err, unix.ENOENT):
		file, err := f.place.Open(unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o666)
		if err != nil {
			return nil, nil, fmt.Errorf("the command has removed it, and it cannot be made again: %w", bare(err))
		}
		return file, nil, nil
	case err != nil:
		return nil, nil, err
	case !still:
		moved = errors.New("the command has put something else there, which is left alone")
	}
	return f.file, moved, bare(f.file.Truncate(0))
}

// awaitReader opens a FIFO that nobody read at the start.
func (f *File) awaitReader(ctx context.Context) (*os.File, error) {
	if flags, err := unix.FcntlInt(f.file.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_PATH == 0 {
		return f.file, err
	}
	ctx, cancel := context.WithTimeout(ctx, readerWithin)
	defer cancel()
	for {
		file, err := os.OpenFile(reopened(f.file), unix.O_WRONLY|unix.O_NONBLOCK, 0)
		if !errors.Is(err, unix.ENXIO) {
			return file, bare(err)
		}
		select {
		case <-ctx.Done():
			return nil, errors.New("nobody reads this FIFO")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
