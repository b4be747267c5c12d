package nsinit

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// score is the init's oom_score_adj, set from outside: nothing that the run puts in
// the place of /proc is written to. The payload is to have its own one from the
// start, so the init lends it that: it has it from the go until the payload is
// there.
type score struct {
	asked Setting // the payload's
	file  *os.File
	own   string // what the init had
	err   error  // of opening it
}

// open opens it before the init forbids that (PR_SET_DUMPABLE).
func (s *score) open(pid int) {
	s.file, s.err = os.OpenFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), os.O_RDWR, 0)
	if s.err != nil {
		return
	}
	var text [16]byte
	n, err := s.file.Read(text[:])
	s.own, s.err = strings.TrimSpace(string(text[:n])), err
}

// lend gives the init what the payload is to have.
func (s *score) lend() error {
	if !s.asked.Given {
		return nil
	}
	text := strconv.Itoa(s.asked.Value)
	err := s.err
	if err == nil {
		err = s.write(text)
	}
	if err != nil {
		return fail(StepOOMScore, text, errnoOf(err))
	}
	return nil
}

// spare gives the init -1000, which memory.oom.group spares, so that it can hold
// the cgroup until the figures are read. It takes CAP_SYS_RESOURCE: root has it.
// Other users' inits get back what they had, and share their payload's fate, of
// which slimrun tells.
func (s *score) spare() {
	if s.file == nil {
		return
	}
	defer s.file.Close()
	if s.write("-1000") != nil && s.asked.Given {
		s.write(s.own)
	}
}

func (s *score) write(text string) error {
	_, err := s.file.WriteAt([]byte(text), 0)
	return err
}
