package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// readyName is the notify socket, in the registry and, by the bind mount of
// systemd/ on /run/systemd, for the manager.
const readyName = "systemd/slimrun-notify"

// readiness is the socket to which systemd as PID 1 says READY=1 when its
// target is reached (sd_notify(3); since v228, for nspawn's --notify-ready).
type readiness struct{ *net.UnixConn }

func listenReady(path string) (readiness, error) {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return readiness{}, fmt.Errorf("listening for the manager: %w", err)
	}
	return readiness{conn}, nil
}

// wait returns when the manager is ready. Errors: its death, the deadline.
func (r readiness) wait(ctx context.Context, dead <-chan struct{}) error {
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-dead:
		case <-ctx.Done():
		case <-done:
		}
		r.SetReadDeadline(time.Unix(1, 0))
	}()
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		switch {
		case err == nil && isReady(string(buf[:n])):
			return nil
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("systemd is not ready: %w", ctx.Err())
		case err != nil:
			return errors.New("systemd died before it was ready")
		}
	}
}

func isReady(message string) bool {
	for line := range strings.Lines(message) {
		if strings.TrimSpace(line) == "READY=1" {
			return true
		}
	}
	return false
}
