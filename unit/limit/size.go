package limit

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// Infinity is systemd's "no limit" of a uint64 property (UINT64_MAX).
const Infinity = ^uint64(0)

// pageSize rounds memory limits as the kernel's page counters do: 4K, or 16K or
// 64K on some arm64.
func pageSize() uint64 { return uint64(os.Getpagesize()) }

// maxBytes is the first size that the kernel's page counter takes for "max"
// (PAGE_COUNTER_MAX pages on 64 bit: LONG_MAX/PAGE_SIZE).
func maxBytes(page uint64) uint64 { return (1<<63 - 1) / page * page }

var errSize = errors.New(`want a size such as "100M", "1.5G", "50%" (of RAM) or "infinity"`)

// ParseSize reads a size in bytes: digits with an optional fraction and a
// 1024-based suffix (K, M, G, T, P, E, KB, KiB, ... in either case), a percentage of RAM,
// or "infinity" (Infinity). Zero is a size; whether it makes sense is the
// caller's to say. Errors: anything else, and sizes that the kernel would
// take for "no limit".
func ParseSize(s string) (uint64, error) {
	if s == "infinity" {
		return Infinity, nil
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		return parsePercent(percent)
	}
	number, shift := cutSuffix(s)
	n, ok := scale(number, 1<<shift)
	if !ok {
		return 0, errSize
	}
	if n >= maxBytes(pageSize()) {
		return 0, errors.New(`too large for the kernel to keep apart from no limit: want less than 8E, or "infinity"`)
	}
	return n, nil
}

// cutSuffix splits "100M" into "100" and the shift of M. Docker's and Kubernetes'
// users write more than the letter: MB, Mi, MiB, in either case, all by 1024, and
// B alone for bytes.
func cutSuffix(s string) (number string, shift uint) {
	rest, bytes := cutLetter(s, "B")
	rest, binary := cutLetter(rest, "I")
	for i, letter := range []string{"K", "M", "G", "T", "P", "E"} {
		if number, ok := cutLetter(rest, letter); ok {
			return number, uint(i+1) * 10
		}
	}
	if bytes && !binary {
		return rest, 0
	}
	return s, 0
}

// cutLetter cuts a letter off the end, in either case.
func cutLetter(s, letter string) (rest string, ok bool) {
	if n := len(s); n > 0 && strings.EqualFold(s[n-1:], letter) {
		return s[:n-1], true
	}
	return s, false
}

// Slip is an error for a bare number below a page: the kernel would make nothing
// of it, so it is one of megabytes whose M is missing.
func Slip(text string, n uint64) error {
	if n == 0 || n >= pageSize() || strings.Trim(text, "0123456789.") != "" {
		return nil
	}
	return fmt.Errorf("too small: %s bytes are less than a page: is %sM meant?", text, text)
}

// scale multiplies a decimal such as "1.5" exactly, rounding down; false for
// anything but digits with at most one point between them, and on overflow.
func scale(number string, unit uint64) (uint64, bool) {
	whole, fraction, point := strings.Cut(number, ".")
	if !digits(whole) || point && (!digits(fraction) || len(fraction) > 18) {
		return 0, false
	}
	w, err := strconv.ParseUint(whole, 10, 64)
	if err != nil {
		return 0, false
	}
	hi, lo := bits.Mul64(w, unit)
	sum, carry := bits.Add64(lo, part(fraction, unit), 0)
	return sum, hi == 0 && carry == 0
}

// part is 0.fraction of unit, rounded down; fraction has at most 18 digits.
func part(fraction string, unit uint64) uint64 {
	if fraction == "" {
		return 0
	}
	f, _ := strconv.ParseUint(fraction, 10, 64)
	ten := uint64(1)
	for range fraction {
		ten *= 10
	}
	hi, lo := bits.Mul64(f, unit)
	quotient, _ := bits.Div64(hi, lo, ten)
	return quotient
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func parsePercent(s string) (uint64, error) {
	memory, err := memoryHere()
	if err != nil {
		return 0, err
	}
	hundredths, ok := scale(s, 100)
	if !ok || hundredths == 0 || hundredths > 100*100 {
		return 0, errors.New("want more than 0% and at most 100%")
	}
	page := pageSize()
	hi, lo := bits.Mul64(memory/page, scaled(hundredths))
	pages, _ := bits.Div64(hi, lo, 1<<32-1)
	return pages * page, nil
}

// memoryHere is what a run can have at most: the machine's memory, or what the
// cgroups around slimrun leave of it.
func memoryHere() (uint64, error) {
	ram, err := totalRAM()
	own, noCgroups := cgroup.Of("self", cgroup.FindMounts)
	if noCgroups != nil {
		return ram, err
	}
	if bound, at := Least(Memory, own.Levels(Memory.Controller)); at >= 0 {
		ram = min(ram, bound.Number())
	}
	return ram, err
}

// totalRAM is the machine's memory in bytes, as systemd counts it too.
func totalRAM() (uint64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("reading the size of RAM: %w", err)
	}
	return info.Totalram * uint64(info.Unit), nil
}

// FormatSize says a size in bytes as people write it: "100M", "1.5G", "777K".
func FormatSize(n uint64) string {
	if n == Infinity {
		return "infinity"
	}
	const suffixes = "KMGTPE"
	unit, suffix := uint64(1), ""
	for i := 0; i < len(suffixes) && n/unit >= 1024; i++ {
		unit, suffix = unit*1024, suffixes[i:i+1]
	}
	if n%unit == 0 {
		return strconv.FormatUint(n/unit, 10) + suffix
	}
	s := strconv.FormatFloat(float64(n)/float64(unit), 'f', 1, 64)
	return strings.TrimSuffix(s, ".0") + suffix
}

// ExactSize says a size as people write it, and no less exactly.
func ExactSize(n uint64) string {
	if text := FormatSize(n); n%(1<<20) == 0 && !strings.Contains(text, ".") {
		return text
	}
	return strconv.FormatUint(n, 10)
}

// Hundredths reads a decimal such as "15" or "0.5" as hundredths of one; false for
// anything else.
func Hundredths(s string) (uint64, bool) { return scale(s, 100) }
