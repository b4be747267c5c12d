package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/limit"
)

// Retry is what comes after an end by a kill for memory: the same again, with more.
type Retry struct {
	Percent uint64 // of the memory before; 0 for no retry
	Times   int    // at most
	Ceiling uint64 // never more memory than that
}

// retryFlags are about another try with more memory.
func (d *Draft) retryFlags() grammar.Flags {
	const group = "Scope"
	return grammar.Flags{
		{
			Name: "retry-oom", Group: group, Placeholder: "FACTORx[,TIMES]", Value: grammar.Read(d.setRetry),
			Help: "Run it again, with so many times the memory, when it was killed for memory: 2x,3; " +
				"three times at most if not said. Its stdin must be a file or /dev/null.",
		},
		{
			Name: "memory-ceiling", Group: group, Placeholder: "SIZE", Value: grammar.Read(d.setCeiling),
			Help: "Never more memory than that by --retry-oom; " +
				"what the machine and the cgroups above have if not said.",
		},
	}
}

func (d *Draft) setRetry(text string) error {
	problem := errors.New(`want a factor above 1 and how often at most, such as "2x,3" or "1.5x"`)
	factor, times, twice := strings.Cut(text, ",")
	number, ok := strings.CutSuffix(factor, "x")
	f, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || strings.Trim(number, "0123456789.") != "" || f < 1.01 || f > 100 {
		return problem
	}
	d.spec.Retry.Percent, d.spec.Retry.Times = uint64(f*100+0.5), 3
	if !twice {
		return nil
	}
	n, err := strconv.Atoi(times)
	if err != nil || n < 1 || n > 20 {
		return problem
	}
	d.spec.Retry.Times = n
	return nil
}

func (d *Draft) setCeiling(text string) (err error) {
	d.spec.Retry.Ceiling, err = limit.ParseSize(text)
	if err == nil && d.spec.Retry.Ceiling == 0 {
		return errors.New("zero is no ceiling")
	}
	return err
}

// finishRetry: there must be a limit to raise, below the ceiling.
func (d *Draft) finishRetry() error {
	retry := &d.spec.Retry
	memory := d.spec.memory()
	switch {
	case retry.Percent == 0 && retry.Ceiling != 0:
		return errors.New("--memory-ceiling: it is for --retry-oom, which is not asked for")
	case retry.Percent == 0:
		return nil
	case memory == nil || memory.Number() == limit.Infinity:
		return errors.New("--retry-oom: there is no --memory to be raised")
	case retry.Ceiling != 0 && retry.Ceiling < memory.Number():
		return fmt.Errorf("--memory-ceiling %s is below --memory %s", limit.FormatSize(retry.Ceiling), memory.Text)
	}
	return nil
}

func (s *Spec) memory() *limit.Asked {
	for i := range s.Limits {
		if s.Limits[i].Row == limit.Memory {
			return &s.Limits[i]
		}
	}
	return nil
}

// Memory is the limit on it, 0 for none.
func (s Spec) Memory() uint64 {
	if memory := s.memory(); memory != nil && memory.Number() != limit.Infinity {
		return memory.Number()
	}
	return 0
}

// WithMemory is the spec with another limit on it.
func (s Spec) WithMemory(bytes uint64) (Spec, error) {
	more, err := limit.Memory.Ask(limit.ExactSize(bytes))
	s.Limits = append([]limit.Asked{}, s.Limits...)
	if memory := s.memory(); memory != nil && err == nil {
		*memory = more
	}
	return s, err
}
