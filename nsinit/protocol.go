package nsinit

import "encoding/binary"

// The launcher and the init talk over one pair of packet sockets: a message is
// a kind, and a body that the kind knows.
//
//	launcher                               init (PID 1 inside)
//	   | ------------- fork --------------> |  signals blocked, files closed
//	   | <--- connected + fd (embedded) --- |  a socket that only a PID known
//	   |                                    |  to the manager may open
//	   | <------------- ready ------------- |  its PID is beside it
//	   |   [ids mapped, scope started, limits proven]
//	   | --------------- go --------------> |  namespaces, mounts, identity
//	   | <- failed{errno, step} / started - |  payload's exec succeeded
//	   | ------------ signal{n} ----------> |  to the payload, once
//	   | ----------- foreground ----------> |  after fg: the terminal is the payload's
//	   | <-- stopped{n} / continued --------|  the payload, for job control
//	   | <----------- terminating --------- |  SIGTERM came to the whole scope
//	   | <------- exited{wait status} ----- |  all others are gone too
//	   |   [figures read: the init still holds the cgroup]
//	   | ------------- release -----------> |  exits
//
// What the init is to do it need not be told: it is a fork of the launcher,
// made after that had prepared everything (process). The end of the launcher
// is the end of the socket: the init then ends at once, and with it, by the
// kernel, all that it started.
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
	msgMark
)

// maxMessage is what a message may have at most: a failure with a long path.
const maxMessage = 8192

// numberMessage is a kind with a number as its body, 8 bytes little endian.
func numberMessage(kind byte, n uint64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{kind}, n)
}

func readNumber(body []byte) (uint64, bool) {
	if len(body) != 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(body), true
}
