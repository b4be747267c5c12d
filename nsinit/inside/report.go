package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Report is the step that went wrong, in Phase Failed.
type Report struct {
	Errno        uintptr // Linux's go to 133
	Step, Object Words
}

// Words are text that travels by value.
type Words struct {
	Size uintptr
	Text [maxWords]byte
}

// maxWords is a path's length (PATH_MAX).
const maxWords = 4096

// set takes a text that ends with a NUL; nil is none.
func (w *Words) set(text *byte) {
	n := uintptr(0)
	for text != nil && n < maxWords && *(*byte)(unsafe.Add(unsafe.Pointer(text), n)) != 0 {
		w.Text[n] = *(*byte)(unsafe.Add(unsafe.Pointer(text), n))
		n++
	}
	w.Size = n
}

// The rest is for the launcher, and for the process that makes the files: they
// are Go.

func (w *Words) put(text string) { w.Size = uintptr(copy(w.Text[:], text)) }

func (w *Words) string() string { return string(w.Text[:min(w.Size, maxWords)]) }

// Failure is a step inside that went wrong: the launcher reports it, once.
type Failure struct {
	Step   string // such as "mounting /proc"
	Object string // what it was done to, "" where the step says it
	Errno  syscall.Errno
}

func (f *Failure) Error() string {
	text := f.Step
	if f.Object != "" {
		text += ` "` + f.Object + `"`
	}
	return text + ": " + f.Errno.Error()
}

func (f *Failure) Unwrap() error { return f.Errno }

// Failure is what the init reports.
func (r *Report) Failure() *Failure {
	return &Failure{Step: r.Step.string(), Object: r.Object.string(), Errno: syscall.Errno(r.Errno)}
}

// WriteReport writes one into a block that is not mapped here, but open.
func WriteReport(block int, f *Failure) error {
	r := Report{Errno: uintptr(f.Errno)}
	r.Step.put(f.Step)
	r.Object.put(f.Object)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&r)), unsafe.Sizeof(r))
	_, err := unix.Pwrite(block, bytes, int64(unsafe.Offsetof(Block{}.Report)))
	return err
}
