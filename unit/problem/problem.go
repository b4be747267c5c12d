package problem

import (
	"errors"
	"fmt"
)

// Problem is a failure and what mends it.
type Problem struct {
	Err    error
	Remedy string
}

func (p *Problem) Error() string { return p.Err.Error() }
func (p *Problem) Unwrap() error { return p.Err }

// Of gives an error its remedy.
func Of(err error, remedy string) error { return &Problem{Err: err, Remedy: remedy} }

// Errorf makes an error of a format, with its remedy.
func Errorf(remedy, format string, args ...any) error {
	return Of(fmt.Errorf(format, args...), remedy)
}

// Remedy is that of an error that has one, of joined errors the first; "" for others.
func Remedy(err error) string {
	var known *Problem
	if errors.As(err, &known) {
		return known.Remedy
	}
	return ""
}
