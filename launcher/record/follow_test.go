package record

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLast(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for name, c := range map[string]struct {
		log, want string
		lines     int
	}{
		"none asked for":      {"a\nb\n", "", 0},
		"one":                 {"a\nb\n", "b\n", 1},
		"an unfinished one":   {"a\nb\nc", "c", 1},
		"two":                 {"a\nb\nc", "b\nc", 2},
		"all":                 {"a\nb\n", "a\nb\n", 2},
		"more than there are": {"a\nb\n", "a\nb\n", 9},
		"empty ones":          {"a\n\n\n", "\n\n", 2},
		"nothing":             {"", "", 3},
		"a newline":           {"\n", "\n", 1},
		"longer than a block": {"a\n" + long + "\nb\n", long + "\nb\n", 2},
		"without a newline":   {long, long, 1},
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(c.log), 0o600); err != nil {
			t.Fatal(err)
		}
		log, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		begin, err := Last(log, c.lines)
		if got := c.log[begin:]; got != c.want || err != nil {
			t.Errorf("%s: %.20q, %v; want %.20q", name, got, err, c.want)
		}
		log.Close()
	}
}

// What is written comes out as it is written, and the end of the run is the end.
func TestFollow(t *testing.T) {
	home := testHome(t)
	r := begun(t, home, "web", "one\n")
	k := one(t, home)
	log, err := k.Log()
	if err != nil {
		t.Fatal(err)
	}
	var out heard
	done := make(chan error)
	go func() { done <- k.Follow(t.Context(), log, &out) }()
	out.await(t, "one\n")
	r.Log.WriteString("two\n")
	out.await(t, "one\ntwo\n")
	r.Log.WriteString("last")
	r.close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	out.await(t, "one\ntwo\nlast")
}

type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(text []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(text)
}

func (h *heard) await(t *testing.T, want string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		h.mu.Lock()
		got := h.text.String()
		h.mu.Unlock()
		if got == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%q came, want %q", got, want)
		}
	}
}
