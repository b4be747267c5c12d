package terminal

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Full is a terminal that is drawn on as a whole, for a word of slimrun's own. What was
// there before comes back with Close, whatever ends the word but SIGKILL.
//
// When not to use it: for a run; os/signal and package signals do not go together.
type Full struct {
	Keys    <-chan byte      // what is typed; nil where nobody can type
	Signals <-chan os.Signal // that end it, stop it, or tell of another size
	signals chan os.Signal
	out     *os.File
	modes   *unix.Termios // of stdin, nil where it is no terminal
}

// Control sequences (ECMA-48, and xterm's private modes): the other screen, without a
// cursor and without lines that are broken when they are too long.
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	leave = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	home  = "\x1b[H"
	toEnd = "\x1b[K" // of the line: what was there before goes
	below = "\x1b[J"
)

// OpenFull takes the terminal. Errors: stdout is none.
func OpenFull(out *os.File) (*Full, error) {
	if _, err := unix.IoctlGetWinsize(int(out.Fd()), unix.TIOCGWINSZ); err != nil {
		return nil, fmt.Errorf("drawing: stdout is no terminal: %w", err)
	}
	f := &Full{out: out, signals: make(chan os.Signal, 8)}
	f.Signals = f.signals
	signal.Ignore(syscall.SIGQUIT) // Go holds it for taken, which the entry (nsinit/inside) has prevented
	signal.Notify(f.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGWINCH)
	if modes, err := unix.IoctlGetTermios(0, unix.TCGETS); err == nil {
		f.modes = modes
		keys := make(chan byte)
		f.Keys = keys
		go read(keys)
	}
	f.take()
	return f, nil
}

func read(keys chan<- byte) {
	var one [1]byte
	for {
		if n, err := os.Stdin.Read(one[:]); err != nil || n == 0 {
			return
		}
		keys <- one[0]
	}
}

// take shows the other screen; keys come one by one, and are not shown.
func (f *Full) take() {
	if f.modes != nil {
		own := *f.modes
		own.Lflag &^= unix.ICANON | unix.ECHO
		own.Cc[unix.VMIN], own.Cc[unix.VTIME] = 1, 0
		unix.IoctlSetTermios(0, unix.TCSETSW, &own)
	}
	f.out.WriteString(enter)
}

// Close gives the terminal back as it was.
func (f *Full) Close() {
	f.out.WriteString(leave)
	if f.modes != nil {
		unix.IoctlSetTermios(0, unix.TCSETSW, f.modes)
	}
}

// Takes handles the signals that are about the terminal; the others end the word.
func (f *Full) Takes(s os.Signal) bool {
	switch s {
	case syscall.SIGTSTP:
		f.Close()
		syscall.Kill(os.Getpid(), syscall.SIGSTOP) // stops here: Go gives SIGTSTP no default again
		f.take()
	case syscall.SIGCONT: // a shell had it meanwhile
		f.take()
	case syscall.SIGWINCH:
	default:
		return false
	}
	return true
}

// Size is the number of columns and lines.
func (f *Full) Size() (columns, lines int) {
	size, err := unix.IoctlGetWinsize(int(f.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 80, 24
	}
	return int(size.Col), int(size.Row)
}

// Draw shows lines, in one write: each is put over what was there, so nothing flickers.
func (f *Full) Draw(lines []string) {
	var frame strings.Builder
	frame.WriteString(home)
	for i, line := range lines {
		if i > 0 {
			frame.WriteString("\r\n")
		}
		frame.WriteString(line + toEnd)
	}
	frame.WriteString(below)
	f.out.WriteString(frame.String())
}
