package limit

import (
	"reflect"
	"testing"
)

// Old rates are set again from nothing: systemd would only add to those there are.
func TestRestore(t *testing.T) {
	got, err := IOReadBps.Restore([][]any{{"/dev/vda", uint64(1e6)}})
	want := []Property{
		NewProperty("IOReadBandwidthMax", []deviceLimit{}),
		NewProperty("IOReadBandwidthMax", []deviceLimit{{"/dev/vda", 1e6}}),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	got, err = IOReadBps.Restore([][]any{})
	if err != nil || !reflect.DeepEqual(got, want[:1]) {
		t.Errorf("of none: got %v, %v; want %v", got, err, want[:1])
	}
	got, err = Memory.Restore(Infinity)
	if err != nil || !reflect.DeepEqual(got, []Property{NewProperty("MemoryMax", Infinity)}) {
		t.Errorf("got %v, %v", got, err)
	}
}
