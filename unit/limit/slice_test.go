package limit

import (
	"strings"
	"testing"
)

func TestAskSlice(t *testing.T) {
	asked, err := AskSlice("memory=1G")
	if err != nil {
		t.Fatal(err)
	}
	if got := asked.String(); got != "--slice-limit memory=1G" {
		t.Errorf("it is called %q in messages", got)
	}
	tasks, err := AskSlice("pids-limit=-1")
	if err != nil || tasks.Number() != Infinity {
		t.Errorf("Docker's name for it: %+v, %v", tasks, err)
	}
	if got := strings.Join(asked.Assignments(), " "); got != "MemoryMax=1073741824" {
		t.Errorf("systemd is asked for %q", got)
	}
}
