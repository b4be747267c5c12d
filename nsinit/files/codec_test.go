package files

import (
	"encoding/binary"
	"math"
	"strings"
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
	files := Files{Root: "/r", Overlay: "-", Mounts: []Mount{{Source: "\xff", Target: "/t", Size: 7}}}
	f.Add((&filesJob{Files: files, Proc: true}).encode())
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
