package wire

import (
	"os"
	"strings"
	"testing"
)

// A file that the poller does not take is no connection: its first answer would be missed.
func TestPolled(t *testing.T) {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Polled(file); err == nil || !strings.Contains(err.Error(), "epoll_ctl") {
		t.Errorf("a file that cannot be polled: %v", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	defer read.Close()
	if err := Polled(read); err != nil {
		t.Error(err)
	}
}
