package remote

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// A frame is a line of stderr that begins so, wherever on a line of the payload's.
const (
	mark      = "\x1eslimrun-frame "
	wordHello = "hello"
	wordEnd   = "end"
)

// secret is known to the slimrun that was typed and to the one on the node, and told with
// that one's last word.
type secret string

// newSecret asks the kernel itself: crypto/rand has 32 MiB of memory of its own, which each
// launch would have.
func newSecret() (secret, error) {
	var bytes [16]byte
	err := linux.Uninterrupted(func() error { _, err := unix.Getrandom(bytes[:], 0); return err })
	return secret(hex.EncodeToString(bytes[:])), err
}

// hello says who is there, before the payload is.
type hello struct{ job, step string }

func (h hello) line() string { return fmt.Sprintf("%s%s %s %s\n", mark, wordHello, h.job, h.step) }

// end says what came of the run.
type end struct {
	status int
	report []byte // one line of JSON
}

func (e end) line(s secret) string {
	return fmt.Sprintf("%s%s %s %d %s\n", mark, wordEnd, s, e.status,
		base64.StdEncoding.EncodeToString(e.report))
}

func parseHello(words []string) *hello {
	if len(words) != 3 || words[0] != wordHello || !isNumber(words[1]) {
		return nil
	}
	return &hello{words[1], words[2]}
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// parseEnd takes an end that only who knows the secret can have said.
func (s secret) parseEnd(words []string) *end {
	if s == "" || len(words) != 4 || words[0] != wordEnd || words[1] != string(s) {
		return nil
	}
	status, err1 := strconv.ParseUint(words[2], 10, 8)
	report, err2 := base64.StdEncoding.DecodeString(words[3])
	if err1 != nil || err2 != nil {
		return nil
	}
	return &end{int(status), report}
}

// stream takes srun's stderr apart: frames out of what is the payload's.
type stream struct {
	out    io.Writer // where the rest goes; before the hello it is kept
	secret secret
	early  []byte // srun's own words, and a site's
	held   []byte // what may become a frame
	hello  *hello
	end    *end
	notice *regexp.Regexp // what is dropped once, nil for nothing
}

// mostHeld bounds a frame. The report has the command in it, which may be 2 MB.
const mostHeld = 8 << 20

// Write never fails: whoever reads it has gone, maybe, and the run goes on.
func (s *stream) Write(text []byte) (int, error) {
	s.held = append(s.held, text...)
	for s.take(false) {
	}
	return len(text), nil
}

// take takes one frame, and what stands before it. False: there is no more.
func (s *stream) take(last bool) (more bool) {
	at := bytes.Index(s.held, []byte(mark))
	if at < 0 {
		keep := partOfMark(s.held)
		if last {
			keep = 0
		}
		s.pass(len(s.held) - keep)
		return false
	}
	s.pass(at)
	length := bytes.IndexByte(s.held, '\n')
	if length < 0 && !last && len(s.held) < mostHeld && s.maybeFrame() {
		return false
	}
	if length < 0 || !s.frame(string(s.held[len(mark):length])) {
		s.pass(len(mark)) // words like any other
		return len(s.held) > 0
	}
	s.held = s.held[length+1:]
	return len(s.held) > 0
}

// queued is how srun says that a job waits, before there is anything of the payload's.
const queued = `(?m)^srun: job ([0-9]+) (queued and waiting for resources|has been allocated resources)\n`

// waits takes that out of the early words. It is the job; "" for none.
func (s *stream) waits() (job string) {
	words := regexp.MustCompile(queued)
	if found := words.FindSubmatch(s.early); found != nil {
		job = string(found[1])
		s.early = words.ReplaceAll(s.early, nil)
	}
	return job
}

// maybeFrame says whether what is held can still become a frame.
func (s *stream) maybeFrame() bool {
	words := strings.Split(string(s.held[len(mark):min(len(s.held), len(mark)+200)]), " ")
	if s.hello == nil || len(words) < 3 {
		return true
	}
	return s.secret.parseEnd([]string{words[0], words[1], "0", ""}) != nil
}

// frame takes the first hello, and the end that belongs to it.
func (s *stream) frame(line string) bool {
	words := strings.Split(line, " ")
	switch {
	case s.hello == nil:
		s.hello = parseHello(words)
		if s.hello != nil {
			s.waits()
			s.out.Write(s.early)
			s.early = nil
		}
		return s.hello != nil
	case s.end == nil:
		s.end = s.secret.parseEnd(words)
		return s.end != nil
	}
	return false
}

// pass lets so many bytes go on. What comes behind the end is srun's own.
func (s *stream) pass(n int) {
	if n == 0 {
		return
	}
	switch {
	case s.end != nil:
	case s.hello != nil:
		s.out.Write(s.withoutNotice(s.held[:n]))
	default:
		s.early = append(s.early, s.held[:n]...)
	}
	s.held = s.held[n:]
}

// expectNotice: of a SIGTERM that was passed on slurmstepd says, once, that the step has
// been cancelled (24.11: slurmstepd-NODE, 22.05: slurmstepd). It comes in one piece.
func (s *stream) expectNotice(step string) {
	s.notice = regexp.MustCompile(
		`slurmstepd\S*: error: \*\*\* STEP ` + regexp.QuoteMeta(step) + ` ON \S+ CANCELLED AT \S+ \*\*\*\n`)
}

func (s *stream) withoutNotice(text []byte) []byte {
	if s.notice == nil {
		return text
	}
	found := s.notice.FindIndex(text)
	if found == nil {
		return text
	}
	s.notice = nil
	return slices.Concat(text[:found[0]], text[found[1]:])
}

// close lets go of what has not become a frame.
func (s *stream) close() {
	for len(s.held) > 0 && s.take(true) {
	}
}

// partOfMark is how much of the end of a text may begin a mark.
func partOfMark(text []byte) int {
	for n := min(len(mark)-1, len(text)); n > 0; n-- {
		if bytes.HasSuffix(text, []byte(mark[:n])) {
			return n
		}
	}
	return 0
}
