package limit

import (
	"fmt"
	"os"
	"strings"
)

// Present says whether the machine has what a limit names. The error of CPUs that there
// are not names those that there are: to ask for them is a mistake, not a wish for more
// than the caller has.
func (a Asked) Present() error {
	kind, ok := a.Row.kind.(cpuSet)
	if !ok {
		return nil
	}
	online, _ := os.ReadFile(kind.online)
	return kind.present(a, strings.TrimSpace(string(online)))
}

// present: a machine that does not tell (without sysfs, or NUMA) leaves it to the proof.
func (k cpuSet) present(asked Asked, online string) error {
	have, ok := parseCPUs(online)
	if !ok || same(k.tighter(asked.value, have), asked.value) {
		return nil
	}
	return fmt.Errorf("%s: of %s this machine has %s alone", asked, k.of, online)
}
