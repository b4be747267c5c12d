package unit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// greeted is an authenticated stream. godbus insists on holding the D-Bus
// greeting line by line, four round trips; sd-bus says all its lines in one
// write, and so does authenticate. What godbus then says is answered here.
type greeted struct {
	net.Conn
	in     *bufio.Reader
	answer *strings.Reader // what godbus still has to hear
	begun  bool            // godbus has said BEGIN; all after that is messages
}

// authenticate sends the whole greeting and reads its answers (D-Bus
// specification, "Authentication Protocol"; EXTERNAL is the peer's uid).
func authenticate(stream net.Conn) (io.ReadWriteCloser, error) {
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if _, err := io.WriteString(stream, "\x00AUTH EXTERNAL "+uid+"\r\nBEGIN\r\n"); err != nil {
		return nil, fmt.Errorf("authenticating: %w", err)
	}
	in := bufio.NewReader(stream)
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("authenticating: %w", err)
	}
	if !strings.HasPrefix(line, "OK ") {
		return nil, fmt.Errorf("authenticating as uid %d: refused: %q", os.Geteuid(), strings.TrimSpace(line))
	}
	return &greeted{Conn: stream, in: in, answer: strings.NewReader("REJECTED EXTERNAL\r\n" + line)}, nil
}

func (g *greeted) Read(p []byte) (int, error) {
	if g.answer.Len() > 0 {
		return g.answer.Read(p)
	}
	return g.in.Read(p)
}

func (g *greeted) Write(p []byte) (int, error) {
	if g.begun {
		return g.Conn.Write(p)
	}
	g.begun = bytes.HasPrefix(p, []byte("BEGIN"))
	return len(p), nil
}
