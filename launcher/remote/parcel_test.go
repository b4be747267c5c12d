package remote

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A11, A12: whatever an exec takes comes out as it went in.
func TestParcel(t *testing.T) {
	in := parcel{
		Version: "1", Args: []string{"-m", "100M", "--", "sh", "", "\xff\n$HOME", ":", "*"},
		Env: []string{"A=\xfe\n", "EMPTY=", "LONG=" + strings.Repeat("x\x01", 200<<10)}, Directory: "/a b", Record: "r", Secret: "s",
	}
	for i := range 5000 {
		in.Env = append(in.Env, strings.Repeat("v", i%50)+"="+in.Version)
	}
	variables, err := in.pack()
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for _, assignment := range variables {
		name, value, _ := strings.Cut(assignment, "=")
		set[name] = value
		if len(assignment) >= 128<<10 {
			t.Errorf("%s has %d bytes", name, len(assignment))
		}
	}
	lookup := func(name string) (string, bool) { value, ok := set[name]; return value, ok }
	out, err := unpack(lookup)
	if diff := cmp.Diff(in, out); err != nil || diff != "" {
		t.Error(err, diff)
	}
	delete(set, variable+"0")
	if _, err := unpack(lookup); err == nil {
		t.Error("nothing was unpacked, without an error")
	}
}
