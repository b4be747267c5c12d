package adopt

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/linux"
)

// family is 1 -> 10 -> 20, 21 -> 30, and 1 -> 11.
var family = tree{1: {}, 10: {Parent: 1}, 11: {Parent: 1}, 20: {Parent: 10}, 21: {Parent: 10}, 30: {Parent: 21}}

// Everybody below is found once, parents before their children.
func TestBelow(t *testing.T) {
	for _, c := range []struct{ roots, want []int }{
		{[]int{10}, []int{10, 20, 21, 30}},
		{[]int{21, 10}, []int{21, 10, 30, 20}},
		{[]int{11, 99}, []int{11}},
		{nil, nil},
	} {
		if diff := cmp.Diff(c.want, family.below(c.roots)); diff != "" {
			t.Errorf("below %v: %s", c.roots, diff)
		}
	}
	if diff := cmp.Diff([]int{30, 21, 10, 1}, family.above(30)); diff != "" {
		t.Errorf("above 30: %s", diff)
	}
	loop := tree{5: {Parent: 6}, 6: {Parent: 5}} // a look at two moments may show that
	if got := loop.above(5); len(got) != 2 {
		t.Errorf("above 5: %v", got)
	}
}

// Numbers are taken once each, and every slip is told.
func TestParsePIDs(t *testing.T) {
	got, err := ParsePIDs([]string{"7", "8", "7"})
	if !slices.Equal(got, []int{7, 8}) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = ParsePIDs([]string{"7", "", "-1", "0", "1.5"})
	if err == nil || strings.Count(err.Error(), "want the number of a process") != 4 {
		t.Errorf("got %v", err)
	}
}

// What is slimrun's, the kernel's or not there is refused, and each by itself.
func TestCheck(t *testing.T) {
	own := os.Getpid()
	all := tree{own: {Name: "test"}, 2: {Name: "kthreadd", Kernel: true}}
	c := checker{tree: all, roots: []int{own, 2, 99}, own: []int{own}}
	err := c.check([]int{own, 2})
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, want := range []string{
		"99: there is none", "(kthreadd) is a thread of the kernel's", "(test) is slimrun itself",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said: %v", want, err)
		}
	}
}

// The line of a process is one for people, that of one without is its name.
func TestCommandOf(t *testing.T) {
	if got, want := commandOf(os.Getpid()), strings.Join(os.Args, " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	stat, err := linux.StatOf(2)
	if err == nil && stat.Kernel && commandOf(2) != stat.Name {
		t.Errorf("got %q, want %q", commandOf(2), stat.Name)
	}
}
