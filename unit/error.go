package unit

import (
	"errors"
	"fmt"
)

// Error is a failure whose remedy is known. The text names the thing and what
// was expected; the hint names the command or the flag that mends it.
type Error struct {
	Err    error
	Remedy string
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Hint is the remedy, for whoever prints the error.
func (e *Error) Hint() string { return e.Remedy }

// hinted makes an Error of a format and a remedy.
func hinted(remedy, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Remedy: remedy}
}

// ErrTaken is the cause when a unit of the wanted name exists already.
var ErrTaken = errors.New("the name is taken")
