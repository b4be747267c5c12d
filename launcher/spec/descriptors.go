package spec

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func (d *Draft) setFDs(name string, values []string) error {
	var problems []error
	for _, text := range values {
		fd, err := strconv.Atoi(text)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("--%s %q: want the number of an open file descriptor", name, text))
		case fd < 3:
			problems = append(problems, fmt.Errorf("--%s %d: want 3 or more; 0, 1 and 2 are passed anyway", name, fd))
		case !isOpen(fd):
			problems = append(problems, fmt.Errorf("--%s %d: it is not open", name, fd))
		}
		d.spec.PassFDs = append(d.spec.PassFDs, fd)
	}
	return errors.Join(problems...)
}

// finishDescriptors passes on what the command itself names: the shell's <(...) is
// an argument such as /dev/fd/63, and make tells a make below it of its jobserver
// in MAKEFLAGS. What is not open is the command's own business.
func (d *Draft) finishDescriptors() error {
	for _, fd := range slices.Concat(namedDescriptors(d.spec.Argv), jobserver(d.spec.Env)) {
		if fd > 2 && isOpen(fd) && !slices.Contains(d.spec.PassFDs, fd) {
			d.spec.PassFDs = append(d.spec.PassFDs, fd)
		}
	}
	return nil
}

// namedDescriptors are those of arguments such as /dev/fd/63, --from=/dev/fd/63 and
// /proc/self/fd/9.
func namedDescriptors(argv []string) (fds []int) {
	for _, arg := range argv {
		if _, value, assigned := strings.Cut(arg, "="); assigned {
			arg = value
		}
		for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
			if number, ok := strings.CutPrefix(arg, dir); ok {
				fds = appendNumbers(fds, number)
			}
		}
	}
	return fds
}

// jobserver are the two ends of make's pipe of tokens: "--jobserver-auth=R,W", and
// "--jobserver-fds=R,W" before make 4.2. A FIFO, from 4.4 on, needs nothing.
func jobserver(env []string) (fds []int) {
	for _, assignment := range env {
		flags, ok := strings.CutPrefix(assignment, "MAKEFLAGS=")
		if !ok {
			continue
		}
		for _, word := range strings.Fields(flags) {
			for _, flag := range []string{"--jobserver-auth=", "--jobserver-fds="} {
				if ends, ok := strings.CutPrefix(word, flag); ok {
					fds = appendNumbers(fds, strings.Split(ends, ",")...)
				}
			}
		}
	}
	return fds
}

func appendNumbers(fds []int, texts ...string) []int {
	for _, text := range texts {
		if n, err := strconv.ParseUint(text, 10, 31); err == nil {
			fds = append(fds, int(n))
		}
	}
	return fds
}

// isOpen says whether the caller left this descriptor open: it came through
// an exec, so it does not close on one, as those of the Go runtime do.
func isOpen(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}
