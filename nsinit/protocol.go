package nsinit

import (
	"encoding/binary"
	"errors"
	"io"
)

// The launcher and the held child talk over one socket pair:
//
//	launcher                               child (PID 1 inside)
//	   | ---------- clone, exec ----------> |  signals blocked
//	   | <--- connected + fd (embedded) --- |  a socket that only a PID known
//	   |                                    |  to the manager may open
//	   | <------------- ready ------------- |  runtime warm, charged outside
//	   |   [scope started, limits proven]   |
//	   | ------------ go{Config} ---------> |  namespaces, mounts, identity
//	   | <- failed{step, errno} / started - |  payload's exec succeeded
//	   | ------------ signal{n} ----------> |  to the payload, once
//	   | ----------- foreground ----------> |  after fg: the terminal is the payload's
//	   | <-- stopped{n} / continued --------|  the payload, for job control
//	   | <----------- terminating --------- |  SIGTERM came to the whole scope
//	   | <------- exited{wait status} ----- |  all others are gone too
//	   |   [figures read: the child still holds the cgroup]
//	   | ------------- release -----------> |  exits
//
// The end of the launcher is the end of the stream: the child then ends at
// once, and with it, by the kernel, all that it started.
const (
	msgReady byte = iota + 1
	msgGo
	msgFailed
	msgStarted
	msgSignal
	msgStopped
	msgContinued
	msgTerminating
	msgExited
	msgRelease
	msgForeground
	msgConnected
	msgMarks
)

// A frame is a kind, the body's length (4 bytes, little endian) and the body.
const (
	headerSize = 5
	maxBody    = 64 << 20
)

var errFrame = errors.New("broken message on the control socket")

// appendFrame adds a whole message to buf.
func appendFrame(buf []byte, kind byte, body []byte) []byte {
	buf = append(buf, kind)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(body)))
	return append(buf, body...)
}

// readFrame reads a whole message. Errors: io.EOF between messages, errFrame
// for a length beyond maxBody, io.ErrUnexpectedEOF within one.
func readFrame(r io.Reader) (kind byte, body []byte, err error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	size := binary.LittleEndian.Uint32(header[1:])
	if size > maxBody {
		return 0, nil, errFrame
	}
	body = make([]byte, size)
	if _, err = io.ReadFull(r, body); err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return header[0], body, err
}
