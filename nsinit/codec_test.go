package nsinit

import (
	"encoding/binary"
	"math"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Row A11: every field of what the stage is told travels, byte for byte.
func TestJobRoundTrip(t *testing.T) {
	for name, job := range map[string]*filesJob{"all": filled[filesJob](t), "least": {}} {
		got, ok := decodeJob(job.encode())
		if diff := cmp.Diff(job, got, cmpopts.EquateEmpty()); diff != "" || !ok {
			t.Errorf("%s: %v %s", name, ok, diff)
		}
	}
}

// Hostile bytes: an error, no panic, no absurd allocation.
func TestDecodeJobRefuses(t *testing.T) {
	whole := filled[filesJob](t).encode()
	for name, body := range map[string][]byte{
		"nothing": {}, "a byte more": append(whole[:len(whole):len(whole)], 0),
		"absurd length":   binary.AppendUvarint(nil, math.MaxUint64),
		"overlong varint": []byte(strings.Repeat("\xff", 11)),
	} {
		if job, ok := decodeJob(body); ok {
			t.Errorf("%s: decoded as %+v", name, job)
		}
	}
	for cut := range whole {
		if job, ok := decodeJob(whole[:cut]); ok {
			t.Fatalf("cut at %d of %d: decoded as %+v", cut, len(whole), job)
		}
	}
}

// What decodes says the same again when it is sent on.
func FuzzJob(f *testing.F) {
	f.Add((&filesJob{Files: Files{Root: "/r", Overlay: "-", Mounts: []Mount{{Source: "\xff", Target: "/t", Size: 7}}}, Proc: true}).encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		job, ok := decodeJob(body)
		if !ok {
			return
		}
		again, ok := decodeJob(job.encode())
		if diff := cmp.Diff(job, again, cmpopts.EquateEmpty()); diff != "" || !ok {
			t.Fatalf("%v %s", ok, diff)
		}
	})
}

func TestFailureRoundTrip(t *testing.T) {
	sent := &Failure{Step: StepExec, Object: "/bin/\xff", Errno: syscall.ENOEXEC}
	got, ok := decodeFailure(sent.message()[1:])
	if diff := cmp.Diff(sent, got); diff != "" || !ok {
		t.Errorf("%v %s", ok, diff)
	}
	for _, body := range [][]byte{nil, {1}, []byte("\x01no end")} {
		if got, ok := decodeFailure(body); ok {
			t.Errorf("%v decoded as %+v", body, got)
		}
	}
	if long := (&Failure{Step: StepExec, Object: strings.Repeat("x", 1<<20)}).message(); len(long) > maxMessage {
		t.Errorf("a failure takes %d bytes, a message %d", len(long), maxMessage)
	}
}

func TestFailureText(t *testing.T) {
	for want, failure := range map[string]*Failure{
		"mounting /proc: operation not permitted":   {Step: "mounting /proc", Errno: syscall.EPERM},
		`executing "/bin/x": exec format error`:     {Step: StepExec, Object: "/bin/x", Errno: syscall.ENOEXEC},
		"making a socket: input/output error":       fail("making a socket", "", errMessage),
		"making a socket pair: too many open files": fail("making a socket pair", "", syscall.EMFILE),
	} {
		if got := failure.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
