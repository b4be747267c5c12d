package wire

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestParseWorked(t *testing.T) {
	for stat, want := range map[string]uint64{
		"8 (a) b) R 0 0 0 0 -1 4194304 716 0 0 0 11 31 0 0 20 0 5 0 7": 42,
		"8 (z0) S 0 0 0 0 -1 4194304 716 0 0 0 x 31 0 0 20":            0,
		"8 (z0) S 0 0": 0,
		"":             0,
	} {
		if got := parseWorked(stat); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
}

// A manager at work is told from one that is stopped.
func TestPeerWorks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "private")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	connected, err := connect(within(t, 5*time.Second), own(path))
	if err != nil {
		t.Fatal(err)
	}
	defer connected.Close()
	p := peerOf(connected)
	if p.pid != os.Getpid() {
		t.Fatalf("the peer is process %d, want this one, %d", p.pid, os.Getpid())
	}
	before := p.worked()
	for begin := time.Now(); p.worked() <= before; {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("this process has been busy for 10 s and is said not to be")
		}
	}
	if worked := (peer{pid: 0}).worked(); worked != 0 {
		t.Errorf("a process out of sight has worked %d", worked)
	}
}
