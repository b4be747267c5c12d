package files

import (
	"fmt"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// Name is the argv[0] of this program where it makes the payload's files. It does
// so as a child of the init, in the init's mount namespace, and is gone before the
// payload starts. When it changes the root, the kernel changes the init's with it.
const Name = "slimrun-files"

// Main is that program. Its arguments are the file descriptors of the init's block,
// where it reports what went wrong, and of what there is to do. The result is an
// exit status.
func Main(args []string) int {
	if len(args) != 3 {
		return 1
	}
	block, err1 := strconv.Atoi(args[1])
	todo, err2 := strconv.Atoi(args[2])
	if err1 != nil || err2 != nil {
		return 1
	}
	unix.CloseOnExec(block)
	failure := fail("reading what files to make", "", syscall.EPROTO)
	if job, ok := readJob(todo); ok {
		failure = job.make()
	}
	if failure != nil {
		inside.WriteReport(block, failure) // a report that cannot be written is one without words
		return 1
	}
	return 0
}

// Failure is a step that went wrong.
type Failure = inside.Failure

// fail makes a Failure of an error, whose errno it keeps.
func fail(step, object string, err error) *Failure {
	errno, ok := err.(syscall.Errno)
	if !ok {
		errno = syscall.EIO
	}
	return &Failure{Step: step, Object: object, Errno: errno}
}

// NewJob writes down what there is to do, in a file in memory; fresh says that the
// root gets a /proc of its own. The caller closes the file.
func NewJob(f Files, fresh bool) (fd int, err error) {
	fd, err = unix.MemfdCreate(Name, unix.MFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("describing the files: %w", err)
	}
	job := filesJob{f, fresh}
	if _, err := unix.Pwrite(fd, job.encode(), 0); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("describing the files: %w", err)
	}
	return fd, nil
}

// filesJob is what the stage must know.
type filesJob struct {
	Files
	Proc bool // the init is PID 1: the root gets a fresh /proc
}

func (j *filesJob) fields(x *codec) {
	j.Files.fields(x)
	x.bool(&j.Proc)
}

func (j *filesJob) encode() []byte {
	x := codec{}
	j.fields(&x)
	return x.buf
}

// readJob reads what NewJob has written down.
func readJob(fd int) (*filesJob, bool) {
	text := make([]byte, 1<<16)
	size := 0
	for {
		n, err := unix.Pread(fd, text[size:], int64(size))
		if err != nil {
			return nil, false
		}
		if n == 0 {
			break
		}
		if size += n; size == len(text) {
			text = append(text, make([]byte, size)...)
		}
	}
	unix.Close(fd)
	return decodeJob(text[:size])
}

func decodeJob(text []byte) (*filesJob, bool) {
	x, j := codec{buf: text, reading: true}, &filesJob{}
	j.fields(&x)
	return j, !x.failed && len(x.buf) == 0
}
