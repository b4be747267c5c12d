package e2e

import (
	"flag"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
)

// In emulated machines all scenarios as all users would take hours. There a scenario
// runs in each machine, and as each user, that it is about; one that is about neither
// runs as one of them, always the same, which its name chooses. On this machine, and by
// make test-vm, all run everywhere.
var (
	among = flag.String("among", "", "the columns, MACHINE/USER,..., that share the scenarios; empty: all run here")
	own   = flag.String("own", "", "this one's column")
)

// ofMachine are the needs that say what a scenario is about: this machine's manager, its
// session, its swap. everywhere is for one that is about each machine's own systemd or
// kernel without needing anything of it.
var ofMachine = []string{
	"bus", "everywhere", "nomanager", "nosystemd", "package", "session", "swap", "systemd", "user", "usermanager", "vm",
}

var needsLine = regexp.MustCompile(`(?m)^needs (.*)$`)

// elsewhere says that the scenario runs in another column.
func elsewhere(name string, script []byte) bool {
	if *among == "" {
		return false
	}
	var words []string
	for _, line := range needsLine.FindAllSubmatch(script, -1) {
		words = append(words, strings.Fields(string(line[1]))...)
	}
	if slices.ContainsFunc(words, func(word string) bool { return slices.Contains(ofMachine, word) }) {
		return false
	}
	may := strings.Split(*among, ",")
	if slices.Contains(words, "root") {
		may = slices.DeleteFunc(may, func(column string) bool { return !strings.HasSuffix(column, "/root") })
	}
	return len(may) == 0 || may[chosen(name, len(may))] != *own
}

func chosen(name string, among int) int {
	sum := fnv.New32a()
	sum.Write([]byte(name))
	return int(sum.Sum32() % uint32(among))
}
