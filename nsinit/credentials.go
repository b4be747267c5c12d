package nsinit

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// credentials reads the control socket and keeps what comes beside the bytes:
// the PID that the kernel attaches (SO_PASSCRED), which is the child's in the
// reader's PID namespace, whichever it was born in; and a passed file.
type credentials struct {
	file   *os.File
	pid    int
	passed *os.File
}

// attach gives an event what came beside it.
func (c *credentials) attach(event Event) Event {
	switch event.Kind {
	case Ready:
		event.Number = c.pid
	case Connected:
		event.File, c.passed = c.passed, nil
	}
	return event
}

func (c *credentials) Read(p []byte) (n int, err error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var oobn int
	var got error
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4))
	err = raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, got = unix.Recvmsg(int(fd), p, oob, unix.MSG_CMSG_CLOEXEC)
		return got != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, err
	case got != nil:
		return 0, got
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	c.note(oob[:oobn])
	return n, nil
}

func (c *credentials) note(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range messages {
		if cred, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			c.pid = int(cred.Pid)
		}
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil && len(fds) == 1 {
			c.passed = os.NewFile(uintptr(fds[0]), "manager's socket")
		}
	}
}
