package runs

import (
	"errors"
	"reflect"
	"testing"

	"github.com/slimrun/slimrun/unit/linux"
)

// beyond is above the kernel's highest PID: nobody is looked at.
const beyond = 1 << 23

// Without an init, as in what was adopted, those are the payload whose parents are not
// of the run, also where one calls itself an init.
func TestSortAdopted(t *testing.T) {
	got, err := sort([]member{
		{beyond + 2, linux.Stat{Name: "make", Parent: 1, Born: 5}},
		{beyond + 9, linux.Stat{Name: "cc", Parent: beyond + 2, Born: 6}},
		{beyond + 4, linux.Stat{Name: initName, Parent: 1, Born: 6}},
	})
	want := Processes{Payload: []int{beyond + 2, beyond + 4}, Others: []int{beyond + 2, beyond + 9, beyond + 4}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// The first of those whose parents are not of the run is the init. This one has ended.
func TestSortEnded(t *testing.T) {
	got, err := sort([]member{
		{beyond + 3, linux.Stat{Name: initName, Parent: 7, Born: 5}},
		{beyond + 8, linux.Stat{Name: initName, Parent: 7, Born: 9}},
	})
	if !errors.Is(err, ErrEnded) || got.Init != beyond+3 {
		t.Errorf("got %+v, %v; want init %d, %v", got, err, beyond+3, ErrEnded)
	}
}
