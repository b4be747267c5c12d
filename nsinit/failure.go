package nsinit

import "syscall"

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

func (f *Failure) fields(x *codec) {
	x.string(&f.Step)
	x.string(&f.Object)
	errno := uint64(f.Errno)
	x.uint(&errno)
	f.Errno = syscall.Errno(errno)
}

func (f *Failure) encode() []byte {
	x := codec{}
	f.fields(&x)
	return x.buf
}

func decodeFailure(body []byte) (*Failure, error) {
	x, f := codec{buf: body, reading: true}, &Failure{}
	f.fields(&x)
	if x.failed || len(x.buf) != 0 {
		return nil, errFrame
	}
	return f, nil
}

// fail makes a Failure of an error, whose errno it keeps.
func fail(step, object string, err error) *Failure {
	errno, ok := err.(syscall.Errno)
	if !ok {
		errno = syscall.EIO
	}
	return &Failure{Step: step, Object: object, Errno: errno}
}
