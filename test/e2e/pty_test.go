package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// pty FILE CMD... runs a command at a terminal of its own, whose session it leads,
// and holds the dialog that FILE writes down, a step a line:
//
//	type TEXT          types the text and Enter
//	keys TEXT          types the text alone; ^C, ^Z, ^\ and ^D are those keys
//	expect REGEXP      waits until the terminal shows it, after the last one
//	never REGEXP       it was not shown since the last expect
//	resize ROWS COLS   changes the window's size
//	remember           keeps the terminal's foreground group and modes
//	same               they are again as kept
//	signal SIG         sends a signal to the command
//	limit DURATION     how long each later expect and end may take (10s at first)
//	end N              waits until the command has ended; asserts its status
//
// What was shown is stdout for the script's next lines.
func pty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pty FILE CMD [ARG...]")
	}
	script := ts.ReadFile(args[0])
	d, err := newDialog(command(ts, args[1:]))
	ts.Check(err)
	defer d.close()
	for line := range strings.Lines(script) {
		if err = d.step(strings.TrimRight(line, "\n")); err != nil {
			break
		}
	}
	_, _ = ts.Stdout().Write(d.all())
	switch {
	case errors.Is(err, errLate):
		tooLate(ts, "%s: %v", args[0], err)
	case err != nil:
		ts.Fatalf("%s: %v", args[0], err)
	}
}

// errLate: what was waited for did not come.
var errLate = errors.New("too late")

type dialog struct {
	*terminal
	cmd   *exec.Cmd
	done  chan struct{}
	limit time.Duration
	kept  string
}

func newDialog(cmd *exec.Cmd) (*dialog, error) {
	t, err := openTerminal()
	if err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = t.pts, t.pts, t.pts
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.close()
		return nil, err
	}
	d := &dialog{terminal: t, cmd: cmd, done: make(chan struct{}), limit: 10 * time.Second}
	go func() {
		_ = cmd.Wait()
		close(d.done)
	}()
	return d, nil
}

func (d *dialog) close() {
	_ = d.cmd.Process.Kill()
	<-d.done
	d.terminal.close()
}

func (d *dialog) step(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	steps := map[string]func(string) error{
		"type":     func(s string) error { return d.write(s + "\r") },
		"keys":     func(s string) error { return d.write(control.ReplaceAllStringFunc(s, controlKey)) },
		"expect":   d.expectText,
		"never":    d.never,
		"resize":   d.resizeTo,
		"remember": func(string) (err error) { d.kept, err = d.state(); return err },
		"same":     func(string) error { return d.same() },
		"signal":   d.signal,
		"limit":    func(s string) (err error) { d.limit, err = time.ParseDuration(s); return err },
		"end":      d.end,
		"":         func(string) error { return nil },
		"#":        func(string) error { return nil },
	}
	step, ok := steps[word]
	if !ok {
		return fmt.Errorf("no such step: %s", line)
	}
	if err := step(rest); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}

var control = regexp.MustCompile(`\^[@-_]`)

func controlKey(key string) string { return string(key[1] & 0x1f) }

func (d *dialog) write(s string) error {
	_, err := d.ptm.WriteString(s)
	return err
}

func (d *dialog) expectText(s string) error {
	re, err := regexp.Compile(s)
	if err != nil {
		return err
	}
	return d.expect(re, wait(d.limit))
}

func (d *dialog) never(s string) error {
	re, err := regexp.Compile(s)
	if err == nil && re.Match(d.rest()) {
		return fmt.Errorf("but it was shown: %q", d.rest())
	}
	return err
}

func (d *dialog) resizeTo(s string) error {
	var rows, columns uint16
	if _, err := fmt.Sscan(s, &rows, &columns); err != nil {
		return err
	}
	return d.resize(rows, columns)
}

// same waits for a moment: who is in front changes as processes end.
func (d *dialog) same() error {
	var now string
	var err error
	if eventually(wait(time.Second), func() bool { now, err = d.state(); return err == nil && now == d.kept }) {
		return nil
	}
	return fmt.Errorf("now %s, before %s (%v)", now, d.kept, err)
}

func (d *dialog) signal(name string) error {
	sig, err := signalOf(name)
	if err != nil {
		return err
	}
	return d.cmd.Process.Signal(sig)
}

func (d *dialog) end(status string) error {
	select {
	case <-d.done:
	case <-time.After(wait(d.limit)):
		return fmt.Errorf("%w: still running after %s", errLate, wait(d.limit))
	}
	if got := statusOf(d.cmd.ProcessState.Sys().(syscall.WaitStatus)); got != status {
		return fmt.Errorf("status %s", got)
	}
	return nil
}
