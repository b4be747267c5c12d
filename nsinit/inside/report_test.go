package inside

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// What the process that makes the files reports, byte for byte.
func TestReportRoundTrip(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "block")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, sent := range []*Failure{
		{Step: StepExec, Object: "/bin/\xff", Errno: syscall.ENOEXEC},
		{Step: StepExec, Errno: syscall.EPERM},
		{Step: StepFind, Object: strings.Repeat("x", maxWords), Errno: syscall.ENOENT},
	} {
		if err := WriteReport(int(file.Fd()), sent); err != nil {
			t.Fatal(err)
		}
		var r Report
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(&r)), unsafe.Sizeof(r))
		if _, err := unix.Pread(int(file.Fd()), bytes, int64(unsafe.Offsetof(Block{}.Report))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, r.Failure()); diff != "" {
			t.Error(diff)
		}
	}
}

// A text in the block may be hostile: it ends where words end.
func TestWords(t *testing.T) {
	endless := []byte(strings.Repeat("x", 2*maxWords) + "\x00")
	for text, want := range map[*byte]int{
		nil: 0, &[]byte{0}[0]: 0, &[]byte("a path\x00")[0]: 6, &endless[0]: maxWords,
	} {
		var w Words
		if w.set(text); len(w.string()) != want {
			t.Errorf("%d bytes, want %d", len(w.string()), want)
		}
	}
}

func TestFailureText(t *testing.T) {
	for want, failure := range map[string]*Failure{
		"mounting /proc: operation not permitted": {Step: "mounting /proc", Errno: syscall.EPERM},
		`executing "/bin/x": exec format error`:   {Step: StepExec, Object: "/bin/x", Errno: syscall.ENOEXEC},
	} {
		if got := failure.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
