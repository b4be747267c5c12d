package spec

import (
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/slimrun/slimrun/unit/limit"
)

// fromDocker turns the flags whose values mean something else in Docker into
// those of systemd's meaning. Flags of the same meaning are plain aliases.
func fromDocker(limits map[string]string) (map[string]string, error) {
	limits = maps.Clone(limits)
	var problems []error
	for _, alias := range []struct {
		flag, into string
		convert    func(text string, limits map[string]string) (string, error)
	}{
		{"memory-swap", "swap", swapOfTotal},
		{"cpu-shares", "cpu-weight", weightOfShares},
	} {
		text, given := limits[alias.flag]
		if !given {
			continue
		}
		delete(limits, alias.flag)
		if _, both := limits[alias.into]; both {
			problems = append(problems, fmt.Errorf("--%s %s: --%s is given too: drop one of the two", alias.flag, text, alias.into))
			continue
		}
		value, err := alias.convert(text, limits)
		if err != nil {
			problems = append(problems, fmt.Errorf("--%s %q: %w", alias.flag, text, err))
			continue
		}
		limits[alias.into] = value
	}
	return limits, errors.Join(problems...)
}

// swapOfTotal: Docker's --memory-swap is memory and swap together, -1 no limit.
func swapOfTotal(text string, limits map[string]string) (string, error) {
	if text == "-1" {
		return "infinity", nil
	}
	total, err := limit.ParseSize(text)
	if err != nil {
		return "", err
	}
	memory, err := limit.ParseSize(limits["memory"])
	switch {
	case limits["memory"] == "":
		return "", errors.New("it is the total of memory and swap: want --memory too")
	case err != nil:
		return "0", nil // --memory's own problem is told
	case total == limit.Infinity:
		return "infinity", nil
	case memory == limit.Infinity || total < memory:
		return "", errors.New("it is the total of memory and swap: want no less than --memory")
	}
	return strconv.FormatUint(total-memory, 10), nil
}

// weightOfShares converts as systemd and crun do for CPUShares=, where 1024
// shares are the usual weight of 100.
func weightOfShares(text string, _ map[string]string) (string, error) {
	shares, err := strconv.ParseUint(text, 10, 32)
	if err != nil || shares < 2 || shares > 262144 {
		return "", errors.New("want a number from 2 to 262144 (1024 is the usual)")
	}
	return strconv.FormatUint(min(max(shares*100/1024, 1), 10000), 10), nil
}
