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
			problems = append(problems,
				fmt.Errorf("--%s %s: --%s is given too: drop one of the two", row.Flag, text, into.Flag))
			continue
		}
		value, err := row.synonym.convert(text, given)
		if err != nil {
			problems = append(problems, fmt.Errorf("--%s %q: %w", row.Flag, text, err))
			continue
		}
		if value != "" { // else it is Docker's way to ask for nothing
			resolved[into] = value
		}
	}
	return resolved, errors.Join(problems...)
}

// swapOfTotal: Docker's --memory-swap is memory and swap together, -1 no limit, 0
// as if it were not given.
func swapOfTotal(text string, given map[*Row]string) (string, error) {
	switch text {
	case "-1":
		return "infinity", nil
	case "0":
		return "", nil
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
// shares are the usual weight of 100; 0 is as if it were not given.
func weightOfShares(text string, _ map[*Row]string) (string, error) {
	if text == "0" {
		return "", nil
	}
	shares, err := strconv.ParseUint(text, 10, 32)
	if err != nil || shares < 2 || shares > 262144 {
		return "", errors.New("want a number from 2 to 262144 (1024 is the usual)")
	}
	return strconv.FormatUint(min(max(shares*100/1024, 1), 10000), 10), nil
}

// pidsOfLimit: Docker's --pids-limit is --pids, but that -1 and 0 are no limit.
func pidsOfLimit(text string) (string, error) {
	if text == "-1" || text == "0" {
		return "infinity", nil
	}
	return text, nil
}

// ioOfBlkio converts Docker's --blkio-weight as systemd does BlockIOWeight=, where
// 500 is the usual weight of 100.
func ioOfBlkio(text string) (string, error) {
	weight, err := strconv.ParseUint(text, 10, 32)
	if err != nil || weight < 10 || weight > 1000 {
		return "", errors.New("want a number from 10 to 1000 (500 is the usual)")
	}
	return strconv.FormatUint(max(weight*100/500, 1), 10), nil
}
