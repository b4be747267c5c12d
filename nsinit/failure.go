package nsinit

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Failure is a step inside that went wrong: it travels to the launcher as a
// message and is reported there, once.
type Failure struct {
	Step   string // such as "mounting /proc"
	Object string // what it was done to, "" where the step says it
	Errno  syscall.Errno
}

// Steps that the launcher tells apart: the payload itself cannot be run.
const (
	StepFind = "finding the command"
	StepExec = "executing"
)

func (f *Failure) Error() string {
	text := f.Step
	if f.Object != "" {
		text += ` "` + f.Object + `"`
	}
	return text + ": " + f.Errno.Error()
}

func (f *Failure) Unwrap() error { return f.Errno }

// errnoAt is the place of the errno in a failure's message: the init fills it
// in, all else is prepared. Linux's go to 133.
const errnoAt = 1

// maxObject keeps a failure within a message.
const maxObject = 4096

func (f *Failure) message() []byte {
	object := f.Object[:min(len(f.Object), maxObject)]
	return append([]byte{msgFailed, byte(f.Errno)}, f.Step+"\x00"+object...)
}

// telling is a failure's message ready to be sent by who has no slices to
// index: their bounds checks take more stack than there is.
type telling struct {
	text *byte
	size uintptr
}

func (a *ark) telling(f Failure) telling {
	text := stowAll(a, f.message())
	return telling{&text[0], uintptr(len(text))}
}

// tell sends it with its errno.
//
//go:norace
//go:nosplit
func (t telling) tell(control uintptr, errno syscall.Errno) {
	*(*byte)(unsafe.Add(unsafe.Pointer(t.text), errnoAt)) = byte(errno)
	sys(unix.SYS_SENDTO, control, uintptr(unsafe.Pointer(t.text)), t.size, unix.MSG_NOSIGNAL, 0, 0)
}

func decodeFailure(body []byte) (*Failure, bool) {
	if len(body) == 0 {
		return nil, false
	}
	step, object, ok := strings.Cut(string(body[1:]), "\x00")
	return &Failure{Step: step, Object: object, Errno: syscall.Errno(body[0])}, ok
}

// fail makes a Failure of an error, whose errno it keeps.
func fail(step, object string, err error) *Failure {
	errno, ok := err.(syscall.Errno)
	if !ok {
		errno = syscall.EIO
	}
	return &Failure{Step: step, Object: object, Errno: errno}
}
