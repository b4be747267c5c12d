package limit

import (
	"bytes"
	"fmt"
	"math/bits"
	"reflect"
	"strconv"
)

// bounding is a kind whose limits are more or less than one another, so that what
// the cgroups above leave can be told.
type bounding interface {
	// inForce reads what a cgroup's file says as a flag's value; false for no limit.
	inForce(content string) (value any, ok bool)
	// tighter is what both leave.
	tighter(a, b any) any
	// flagText is a value as the flag has it.
	flagText(value any) string
}

// Bounds says whether nobody below may have more of the limit than the cgroups
// above: not a weight, nor a protection.
func (r *Row) Bounds() bool {
	_, ok := r.kind.(bounding)
	return ok && !r.IsSynonym() && r.Controller != "" && !r.Protects
}

// AddsUp says whether two runs under a limit each may take twice of it: not of a
// set.
func (r *Row) AddsUp() bool {
	_, isSet := r.kind.(cpuSet)
	return r.Bounds() && !isSet
}

// Least is what cgroups leave of a limit together, the own first and then those
// above; at is the outermost that leaves no more, -1 where none has a limit.
func Least[F Files](r *Row, levels []F) (least Asked, at int) {
	kind, at := r.kind.(bounding), -1
	var value any
	for i, level := range levels {
		content, err := r.Kernel(level)
		if err != nil {
			continue
		}
		one, ok := kind.inForce(content)
		switch {
		case !ok:
		case at < 0:
			value, at = one, i
		default:
			both := kind.tighter(value, one)
			if !same(both, value) || same(both, one) {
				at = i
			}
			value = both
		}
	}
	if at < 0 {
		return Asked{}, at
	}
	return Asked{Row: r, As: "--" + r.Flag, Text: kind.flagText(value), Implied: true, value: value}, at
}

// Within says whether a limit leaves no more than another of its row; none at all
// (its Row is nil) leaves more than any.
func (a Asked) Within(bound Asked) bool {
	return a.Row != nil && same(bound.Row.kind.(bounding).tighter(a.value, bound.value), a.value)
}

func same(a, b any) bool { return reflect.DeepEqual(plainValue(a), plainValue(b)) }

// Tighten is a limit made to leave no more than another. Errors: nothing is left.
func (a Asked) Tighten(bound Asked) (Asked, error) {
	kind := a.Row.kind.(bounding)
	value := kind.tighter(a.value, bound.value)
	if mask, ok := value.([]byte); ok && len(bytes.Trim(mask, "\x00")) == 0 {
		return a, fmt.Errorf("%s: the cgroups around slimrun have %s alone", a, bound.Text)
	}
	return Asked{Row: a.Row, As: a.As, Text: kind.flagText(value), Implied: true, value: value}, nil
}

// Time is the CPU time that a set of CPUs has at most.
func (a Asked) Time() Asked {
	var n uint64
	for _, mask := range a.Mask() {
		n += uint64(bits.OnesCount8(mask))
	}
	return Asked{Row: CPUs, As: "--" + CPUs.Flag, Text: strconv.FormatUint(n, 10), Implied: true, value: n * 1e6}
}
