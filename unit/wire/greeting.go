package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// FirstWord is how long a manager may neither answer nor do anything: one that
// is stopped is connected to all the same (the kernel does that), while one in
// a storm of a thousand launches answers each in its turn.
const FirstWord = 5 * time.Second

// Greeting is all of the client's lines of the D-Bus specification's
// "Authentication Protocol" in one write, as sd-bus says them: EXTERNAL without a
// uid, which in a user namespace would be another than the one that the manager
// knows from the kernel. What follows it may be sent before it is answered. Whoever
// opens a socket for Dial says it at once: the manager takes 0.9 ms to come to an
// answer.
func Greeting() string { return "\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n" }

// Settle reads the answer to the greeting, once; nothing that the manager says
// is read before. Errors: a refusal, silence, the deadline.
func (c *Conn) Settle(ctx context.Context) error {
	if c.settled {
		return nil
	}
	manager := peerOf(c.stream)
	for {
		worked := manager.worked()
		err := c.welcome(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || manager.worked() <= worked {
			c.settled = err == nil
			return err
		}
	}
}

func (c *Conn) welcome(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, FirstWord)
	defer cancel()
	return c.bounded(ctx, func() error { return readWelcome(c.in) })
}

func readWelcome(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err == nil && strings.TrimSpace(string(line)) == "DATA" { // the answer to EXTERNAL without a uid
		line, err = in.ReadSlice('\n')
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return errMessage
	case err != nil:
		return err
	case !strings.HasPrefix(string(line), "OK "):
		return fmt.Errorf("refused as uid %d: %q", os.Geteuid(), strings.TrimSpace(string(line)))
	}
	return nil
}
