package verdict

import (
	"fmt"
	"syscall"
)

// Unusable marks a payload that cannot be run: found but not executable
// (status 126), or not found (127).
type Unusable struct {
	Err    error
	Status int
}

func (u Unusable) Error() string { return u.Err.Error() }
func (u Unusable) Unwrap() error { return u.Err }

// Interrupted is a launch that a signal ended before the payload was there.
type Interrupted struct{ Signal syscall.Signal }

func (i Interrupted) Error() string {
	return fmt.Sprintf("ended by %v before the payload started", i.Signal)
}

// Ending is why systemd is stopping the scope: because its time is up, because
// memory was short (OOMPolicy), or because somebody asked; or systemd gave no
// answer.
type Ending struct{ Stopping, Timeout, Memory, Unknown bool }
