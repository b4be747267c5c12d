package limit

import (
	"errors"
	"strconv"
	"strings"
)

// access is one element of DeviceAllow's a(ss): a path or a group of devices, and
// what may be done.
type access struct{ Path, Modes string }

// deviceAllow reads "/dev/sda rw", "char-pts", or nothing for no such rule.
func deviceAllow(s string) (any, error) {
	if s == "" {
		return []access{}, nil
	}
	path, modes, _ := strings.Cut(s, " ")
	modes = strings.TrimLeft(modes, " ")
	if strings.Trim(modes, "rwm") != "" {
		return nil, errors.New(`want a device and what may be done, such as "/dev/sda rw"`)
	}
	return []access{{path, modes}}, nil
}

// perDevice reads "PATH VALUE", or nothing for no such value.
func perDevice(s, want string, value func(string) (uint64, bool)) (any, error) {
	if s == "" {
		return []deviceLimit{}, nil
	}
	path, text, ok := strings.Cut(s, " ")
	n, isValue := value(strings.TrimLeft(text, " "))
	if !ok || !isValue || path == "" || path[0] != '/' {
		return nil, errors.New(want)
	}
	return []deviceLimit{{path, n}}, nil
}

func deviceWeight(s string) (any, error) {
	return perDevice(s, `want a device and a weight from 1 to 10000, such as "/dev/sda 500"`,
		func(s string) (uint64, bool) {
			n, err := strconv.ParseUint(s, 10, 32)
			return n, err == nil && n >= 1 && n <= 10000
		})
}

func deviceLatency(s string) (any, error) {
	return perDevice(s, `want a device and a time, such as "/dev/sda 25ms"`, func(s string) (uint64, bool) {
		n, err := parseSpan(s, 1e6)
		return n, err == nil
	})
}

// interfaces is RestrictNetworkInterfaces' (bas).
type interfaces struct {
	Allow bool
	Names []string
}

// networkInterfaces reads names; "~" before them forbids those instead.
func networkInterfaces(s string) (any, error) {
	s, forbid := strings.CutPrefix(s, "~")
	names, err := words(s)
	if err != nil {
		return nil, err
	}
	return interfaces{!forbid, names.([]string)}, nil
}
