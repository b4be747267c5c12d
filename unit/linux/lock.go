package linux

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Lock takes a lock (flock(2)): at once if it is free, else it waits for it
// until the context ends. After an error the file is closed, also where the lock
// comes later.
func Lock(ctx context.Context, file *os.File, how int) error {
	if unix.Flock(int(file.Fd()), how|unix.LOCK_NB) == nil {
		return nil
	}
	return Await(ctx, file, func() error { return unix.Flock(int(file.Fd()), how) })
}

// Await runs a call that blocks in the kernel, which no context can end: what
// comes too late is closed.
func Await(ctx context.Context, late io.Closer, block func() error) error {
	done := make(chan error, 1)
	go func() { done <- Uninterrupted(block) }()
	select {
	case err := <-done:
		if err != nil {
			late.Close()
			return fmt.Errorf("locking: %w", err)
		}
		return nil
	case <-ctx.Done():
		go func() { <-done; late.Close() }()
		return ctx.Err()
	}
}
