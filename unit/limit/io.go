package limit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// deviceLimit is one element of systemd's a(st): a path and a rate.
type deviceLimit struct {
	Path string
	Rate uint64
}

// ioWeight is a share of disk time.
type ioWeight struct{ plain }

func (ioWeight) read(s string) (any, error) {
	return parseWeight(s, "want a weight from 1 to 10000 (100 is the usual)")
}

func (k ioWeight) setting(s string) (any, error) { return k.read(s) }

// kernel: where the BFQ scheduler alone weighs, its file says it.
func (ioWeight) kernel(file string, read func(string) (string, error)) (string, error) {
	weight, err := read(file)
	if err != nil {
		if bfq, err := read("io.bfq.weight"); err == nil {
			return bfq, nil
		}
	}
	return weight, err
}

// holds compares io.weight's "default N" line, or io.bfq.weight.
func (ioWeight) holds(want any, got string, _ bool) bool {
	line, _, _ := strings.Cut(got, "\n")
	return strings.TrimPrefix(line, "default ") == fmt.Sprint(want)
}

// ioMax are rates of devices.
type ioMax struct {
	plain
	key        string // in io.max
	operations bool   // of them, not of bytes
}

func (k ioMax) read(s string) (any, error) {
	if k.operations {
		n := func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 63) }
		return deviceLimits(s, n, `want DEV:RATE in operations a second, such as "/dev/sda:1000"`)
	}
	return deviceLimits(s, ParseSize, `want DEV:RATE in bytes a second, such as "/dev/sda:10M"`)
}

func (k ioMax) setting(s string) (any, error) { return k.read(s) }

// holds compares io.max: "MAJ:MIN rbps=N wbps=max riops=max wiops=max".
func (k ioMax) holds(want any, got string, _ bool) bool {
	for _, limit := range want.([]deviceLimit) {
		device, err := blockDevice(limit.Path)
		if err != nil || ioMaxOf(got, device, k.key) != strconv.FormatUint(limit.Rate, 10) {
			return false
		}
	}
	return true
}

// deviceLimits reads DEV:RATE, several joined by newlines (a repeated flag).
func deviceLimits(s string, rate func(string) (uint64, error), want string) (any, error) {
	var limits []deviceLimit
	for item := range strings.SplitSeq(s, "\n") {
		i := strings.LastIndexByte(item, ':')
		if i < 1 || item[0] != '/' {
			return nil, errors.New(want)
		}
		n, err := rate(item[i+1:])
		if err != nil || n == 0 || n == Infinity {
			return nil, errors.New(want)
		}
		if _, err := blockDevice(item[:i]); err != nil {
			return nil, err
		}
		limits = append(limits, deviceLimit{item[:i], n})
	}
	return limits, nil
}

func ioMaxOf(content, device, key string) string {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != device {
			continue
		}
		for _, field := range fields[1:] {
			if value, ok := strings.CutPrefix(field, key+"="); ok {
				return value
			}
		}
	}
	return ""
}

// blockDevice is "MAJ:MIN" of the whole disk behind a path: the device itself,
// or the one that holds the file, as systemd's lookup_block_device finds it.
func blockDevice(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", fmt.Errorf("looking up the device %q: %w", path, err)
	}
	number := st.Dev
	if st.Mode&unix.S_IFMT == unix.S_IFBLK {
		number = st.Rdev
	}
	device := fmt.Sprintf("%d:%d", unix.Major(number), unix.Minor(number))
	sys, err := filepath.EvalSymlinks("/sys/dev/block/" + device)
	if err != nil {
		return "", fmt.Errorf("%q is not on a block device (%s)", path, device)
	}
	return wholeDisk(sys, device), nil
}

func wholeDisk(sys, device string) string {
	if _, err := os.Stat(sys + "/partition"); err != nil {
		return device
	}
	parent, err := os.ReadFile(filepath.Dir(sys) + "/dev")
	if err != nil {
		return device
	}
	return strings.TrimSpace(string(parent))
}
