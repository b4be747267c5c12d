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

// Row A11: every field travels, byte for byte.
func TestConfigRoundTrip(t *testing.T) {
	for name, config := range map[string]*Config{
		"all":    filled[Config](t),
		"least":  {Argv: []string{"true"}},
		"A11":    {Argv: []string{"printf", "\xff", "a\nb", "$HOME", "", "--"}, Env: []string{"A=\xfe", "=", "no equals"}},
		"extent": {Argv: []string{strings.Repeat("x", 1<<20)}, SigMask: math.MaxUint64, PassFDs: []int{3, math.MaxInt}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeConfig(config.encode())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(config, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Row A12: 50,000 variables.
func TestConfigManyVariables(t *testing.T) {
	config := &Config{Argv: []string{"env"}, Env: make([]string, 50_000)}
	for i := range config.Env {
		config.Env[i] = "NAME=" + strings.Repeat("v", i%50)
	}
	got, err := decodeConfig(config.encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Env, got.Env); diff != "" {
		t.Error(diff)
	}
}

// Hostile bytes: an error, no panic, no absurd allocation.
func TestDecodeConfigRefuses(t *testing.T) {
	whole := filled[Config](t).encode()
	for name, body := range map[string][]byte{
		"nothing": {}, "a byte more": append(whole[:len(whole):len(whole)], 0),
		"no command":      (&Config{}).encode(),
		"absurd length":   binary.AppendUvarint(nil, math.MaxUint64),
		"overlong varint": []byte(strings.Repeat("\xff", 11)),
	} {
		if config, err := decodeConfig(body); err == nil {
			t.Errorf("%s: decoded as %+v", name, config)
		}
	}
	for cut := range whole {
		if config, err := decodeConfig(whole[:cut]); err == nil {
			t.Fatalf("cut at %d of %d: decoded as %+v", cut, len(whole), config)
		}
	}
}

func TestFailureRoundTrip(t *testing.T) {
	sent := &Failure{Step: StepExec, Object: "/bin/\xff", Errno: syscall.ENOEXEC}
	got, err := decodeFailure(sent.encode())
	if diff := cmp.Diff(sent, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, body := range [][]byte{nil, {1}, append(sent.encode(), 0)} {
		if got, err := decodeFailure(body); err == nil {
			t.Errorf("%v decoded as %+v", body, got)
		}
	}
}

func TestFailureText(t *testing.T) {
	for want, failure := range map[string]*Failure{
		"mounting /proc: operation not permitted":   {Step: "mounting /proc", Errno: syscall.EPERM},
		`executing "/bin/x": exec format error`:     {Step: StepExec, Object: "/bin/x", Errno: syscall.ENOEXEC},
		"making a socket: input/output error":       fail("making a socket", "", errFrame),
		"making a socket pair: too many open files": fail("making a socket pair", "", syscall.EMFILE),
	} {
		if got := failure.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumberRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 64, 0x7f, 137 << 8, -1, math.MaxInt, math.MinInt} {
		if got, err := decodeNumber(encodeNumber(n)); got != n || err != nil {
			t.Errorf("%d came back as %d, %v", n, got, err)
		}
	}
	for _, body := range [][]byte{nil, {0x80}, {1, 1}} {
		if n, err := decodeNumber(body); err == nil {
			t.Errorf("%v decoded as %d", body, n)
		}
	}
}

// What decodes says the same again when it is sent on.
func FuzzConfig(f *testing.F) {
	f.Add((&Config{Argv: []string{"true"}}).encode())
	f.Add((&Config{Hostname: "h", Argv: []string{"a", "\xff"}, Env: []string{"A=1"}, PassFDs: []int{7}, SigMask: 1}).encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		config, err := decodeConfig(body)
		if err != nil {
			return
		}
		again, err := decodeConfig(config.encode())
		if diff := cmp.Diff(config, again, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v %s", err, diff)
		}
	})
}
