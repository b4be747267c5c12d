package nsinit

import (
	"testing"
)

func TestDecodeEvent(t *testing.T) {
	if event, ok := decodeEvent(numberMessage(msgExited, 137<<8)); event.Kind != Exited || event.Number != 137<<8 || !ok {
		t.Errorf("exited is %+v, %v", event, ok)
	}
	mark := append(numberMessage(msgMark, 5), markGone)
	if event, ok := decodeEvent(mark); event.Mark != (Mark{5, markNames[markGone]}) || !ok {
		t.Errorf("a mark is %+v, %v", event, ok)
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	for name, message := range map[string][]byte{
		"nothing": {}, "kind 0": {0}, "the launcher's own": {msgGo}, "unknown": {200}, "Broken": {byte(Broken)},
		"failed without a failure": {msgFailed}, "exited without a status": {msgExited}, "stopped by much": {msgStopped, 1, 1},
		"ready with a body": {msgReady, 1}, "a step that there is not": append(numberMessage(msgMark, 5), 99),
	} {
		if event, ok := decodeEvent(message); ok {
			t.Errorf("%s: decoded as %+v", name, event)
		}
	}
}

// Whatever comes over the socket: an event of that kind or a refusal, never a
// panic.
func FuzzEvent(f *testing.F) {
	f.Add([]byte{msgReady})
	f.Add(numberMessage(msgExited, 9))
	f.Add(fail(StepExec, "x", errMessage).message())
	f.Add(append(numberMessage(msgMark, 5), markGone))
	f.Fuzz(func(t *testing.T, message []byte) {
		if event, ok := decodeEvent(message); ok && byte(event.Kind) != message[0] {
			t.Fatalf("kind %d became %d", message[0], event.Kind)
		}
	})
}
