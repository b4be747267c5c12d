package limit

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
)

// synonym is a flag whose values mean something else in Docker than systemd's
// limit of that kind. Flags of the same meaning are plain aliases.
type synonym struct {
	into    *Row
	convert func(text string, given map[*Row]string) (string, error)
}

var (
	totalOfSwap    = synonym{into: Swap, convert: swapOfTotal}
	sharesOfWeight = synonym{into: CPUWeight, convert: weightOfShares}
)

// Resolve turns synonyms among flags' values into the limits that they mean.
func Resolve(given map[*Row]string) (map[*Row]string, error) {
	resolved := maps.Clone(given)
	var problems []error
	for _, row := range Rows {
		text, ok := given[row]
		if !ok || !row.IsSynonym() {
			continue
		}
		delete(resolved, row)
		into := row.synonym.into
		if _, both := given[into]; both {
			problems = append(problems, fmt.Errorf("--%s %s: --%s is given too: drop one of the two", row.Flag, text, into.Flag))
			continue
		}
		value, err := row.synonym.convert(text, given)
		if err != nil {
			problems = append(problems, fmt.Errorf("--%s %q: %w", row.Flag, text, err))
			continue
		}
		resolved[into] = value
	}
	return resolved, errors.Join(problems...)
}

// swapOfTotal: Docker's --memory-swap is memory and swap together, -1 no limit.
func swapOfTotal(text string, given map[*Row]string) (string, error) {
	if text == "-1" {
		return "infinity", nil
	}
	total, err := ParseSize(text)
	if err != nil {
		return "", err
	}
	memory, err := ParseSize(given[Memory])
	switch {
	case given[Memory] == "":
		return "", errors.New("it is the total of memory and swap: want --memory too")
	case err != nil:
		return "0", nil // --memory's own problem is told
	case total == Infinity:
		return "infinity", nil
	case memory == Infinity || total < memory:
		return "", errors.New("it is the total of memory and swap: want no less than --memory")
	}
	return strconv.FormatUint(total-memory, 10), nil
}

// weightOfShares converts as systemd and crun do for CPUShares=, where 1024
// shares are the usual weight of 100.
func weightOfShares(text string, _ map[*Row]string) (string, error) {
	shares, err := strconv.ParseUint(text, 10, 32)
	if err != nil || shares < 2 || shares > 262144 {
		return "", errors.New("want a number from 2 to 262144 (1024 is the usual)")
	}
	return strconv.FormatUint(min(max(shares*100/1024, 1), 10000), 10), nil
}
