package nsinit

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// credentials reads the control socket, whose bytes mean nothing but "look", and
// keeps what comes beside them: the PID that the kernel attaches (SO_PASSCRED),
// which is the child's in the reader's PID namespace, whichever it was born in;
// and a passed file.
type credentials struct {
	file   *os.File
	pid    int
	passed *os.File
}

// hear waits for a byte. Errors: the end (io.EOF), the kernel's.
func (c *credentials) hear() error {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return err
	}
	var looks [64]byte
	var n, oobn int
	var got error
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4))
	err = raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, got = unix.Recvmsg(int(fd), looks[:], oob, unix.MSG_CMSG_CLOEXEC)
		return got != syscall.EAGAIN
	})
	switch {
	case err != nil: // it is closed: the poller has an error of its own for that
		return os.ErrClosed
	case got != nil:
		return got
	case n == 0:
		return io.EOF
	}
	c.note(oob[:oobn])
	return nil
}

func (c *credentials) note(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range messages {
		if cred, err := unix.ParseUnixCredentials(&messages[i]); err == nil && c.pid == 0 {
			c.pid = int(cred.Pid)
		}
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil && len(fds) == 1 {
			c.passed = os.NewFile(uintptr(fds[0]), "manager's socket")
		}
	}
}
