package nsinit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestFrames(t *testing.T) {
	stream := appendFrame(nil, msgReady, nil)
	stream = appendFrame(stream, msgGo, []byte("body"))
	stream = appendFrame(stream, 255, bytes.Repeat([]byte{7}, 1<<17))
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(stream), "in single bytes": iotest.OneByteReader(bytes.NewReader(stream))} {
		for _, want := range []struct {
			kind byte
			size int
		}{{msgReady, 0}, {msgGo, 4}, {255, 1 << 17}} {
			if kind, body, err := readFrame(r); kind != want.kind || len(body) != want.size || err != nil {
				t.Fatalf("%s: kind %d, %d bytes, %v, want %v", name, kind, len(body), err, want)
			}
		}
		if _, _, err := readFrame(r); err != io.EOF {
			t.Errorf("%s: the end is %v, want io.EOF", name, err)
		}
	}
}

// The end within a message is not the end of the messages.
func TestReadFrameCut(t *testing.T) {
	whole := appendFrame(nil, msgGo, []byte("body"))
	for cut := 1; cut < len(whole); cut++ {
		if _, _, err := readFrame(bytes.NewReader(whole[:cut])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v, want io.ErrUnexpectedEOF", cut, err)
		}
	}
}

func TestReadFrameLimit(t *testing.T) {
	header := binary.LittleEndian.AppendUint32([]byte{msgGo}, maxBody+1)
	if _, _, err := readFrame(bytes.NewReader(header)); err != errFrame {
		t.Errorf("a body of %d bytes gives %v, want %v", maxBody+1, err, errFrame)
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		kind byte
		body []byte
	}{
		"kind 0": {0, nil}, "the launcher's own": {msgGo, nil}, "unknown": {200, nil}, "Broken": {byte(Broken), nil},
		"failed without a failure": {msgFailed, nil}, "exited without a status": {msgExited, nil}, "stopped by much": {msgStopped, []byte{1, 1}},
	} {
		if event, err := decodeEvent(c.kind, c.body); err == nil {
			t.Errorf("%s: decoded as %+v", name, event)
		}
	}
	if event, err := decodeEvent(msgExited, encodeNumber(137<<8)); event.Number != 137<<8 || err != nil {
		t.Errorf("exited is %+v, %v", event, err)
	}
}

// Whatever comes over the socket: whole messages or an error, never a panic.
func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, msgReady, nil))
	f.Add(appendFrame(appendFrame(nil, msgExited, encodeNumber(9)), msgFailed, fail(StepExec, "x", errFrame).encode()))
	f.Add([]byte{msgGo, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var again []byte
		r := bytes.NewReader(stream)
		for {
			kind, body, err := readFrame(r)
			if err != nil {
				break
			}
			again = appendFrame(again, kind, body)
			if event, err := decodeEvent(kind, body); err == nil && byte(event.Kind) != kind {
				t.Fatalf("kind %d became %d", kind, event.Kind)
			}
		}
		if !bytes.HasPrefix(stream, again) {
			t.Fatalf("%x read as %x", stream, again)
		}
	})
}
