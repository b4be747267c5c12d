package limit

import "testing"

func TestAskSlice(t *testing.T) {
	asked, err := AskSlice("memory=1G")
	if err != nil {
		t.Fatal(err)
	}
	if got := asked.String(); got != "--slice-limit memory=1G" {
		t.Errorf("it is called %q in messages", got)
	}
	if got := asked.Assignment(); got != "MemoryMax=1073741824" {
		t.Errorf("systemd is asked for %q", got)
	}
}
