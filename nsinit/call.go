package nsinit

import (
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// call is a system call that is prepared outside and made inside, where there
// is no Go runtime to prepare anything: its arguments, and what the launcher
// is to be told should it fail.
type call struct {
	trap    uintptr
	args    [6]uintptr
	keeps   bool // its result is kept, in register to, for calls that use it
	to      register
	uses    uint // the argument that is a kept result; none beyond the last
	from    register
	ignored syscall.Errno // is as good as success; 0 for none
	passing syscall.Errno // is gone when the last back calls are made again, tries times
	back    int
	tries   int
	failure telling
}

const noArgument = uint(len(call{}.args))

// calls is a list in the making. Its arguments are plain numbers: what they point
// to is in the ark.
type calls struct {
	*ark
	list []call
	err  error
}

// register holds a result. Among the arguments it stands for what it holds.
type register uint8

// registers is how many there are.
const registers = 2

// keep keeps the result.
func (c *call) keep(to register) { c.keeps, c.to = true, to }

// add appends a call. An argument is a number, a string, or a pointer to what
// the kernel reads.
func (c *calls) add(step, object string, trap uintptr, args ...any) *call {
	one := call{trap: trap, uses: noArgument, failure: c.telling(Failure{Step: step, Object: object})}
	for i, arg := range args {
		switch value := arg.(type) {
		case int:
			one.args[i] = uintptr(value)
		case uintptr:
			one.args[i] = value
		case string:
			one.args[i] = uintptr(unsafe.Pointer(c.text(value)))
		case unsafe.Pointer:
			one.args[i] = uintptr(value)
		case register:
			one.uses, one.from = uint(i), value
		}
	}
	c.list = append(c.list, one)
	return &c.list[len(c.list)-1]
}

// text is a C string. Errors, kept for the end: it holds a NUL.
func (c *calls) text(value string) *byte {
	if strings.IndexByte(value, 0) >= 0 {
		c.err = &Failure{Step: "preparing", Object: strconv.Quote(value), Errno: syscall.EINVAL}
	}
	return c.ark.text(value)
}

// texts is a C array of C strings, with its end.
func (c *calls) texts(values []string) []*byte {
	pointers := make([]*byte, 0, len(values)+1)
	for _, value := range values {
		pointers = append(pointers, c.text(value))
	}
	return stowAll(c.ark, append(pointers, nil))
}

func (c *calls) prctl(step string, args ...any) *call {
	return c.add(step, "", unix.SYS_PRCTL, args...)
}

func (c *calls) mount(step, object, source, target, kind string, flags int, data string) {
	c.add(step, object, unix.SYS_MOUNT, source, target, kind, flags, data)
}

// write writes a small text to a file that must exist.
func (c *calls) write(step, object, path, text string) {
	c.add(step, object, unix.SYS_OPENAT, unix.AT_FDCWD, path, unix.O_WRONLY|unix.O_CLOEXEC).keep(0)
	c.add(step, object, unix.SYS_WRITE, register(0), text, len(text))
	c.add(step, object, unix.SYS_CLOSE, register(0))
}
