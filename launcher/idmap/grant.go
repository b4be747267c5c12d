package idmap

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit"
)

// Where shadow's useradd begins, and how many it gives (login.defs(5), SUB_UID_MIN
// and SUB_UID_COUNT).
const (
	firstSubordinate = 100000
	subordinates     = 65536
)

// Grant is how a user gets subordinate ids that are nobody else's: table is
// "subuid" or "subgid", content what that file has.
func Grant(table, content, user string) string {
	first := free(content)
	return fmt.Sprintf("as root: usermod --add-%ss %d-%d %s", table, first, first+subordinates-1, user)
}

func (k idKind) grant() string {
	content, _ := os.ReadFile(k.table)
	return Grant(filepath.Base(k.table), string(content), unit.ThisHost().UserName())
}

// free is the first of the ids that the lines "USER:FIRST:COUNT" give nobody, with
// as many behind it as a user gets.
func free(content string) int {
	type taken struct{ first, end int }
	var all []taken
	for line := range strings.Lines(content) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 {
			continue
		}
		first, err := strconv.Atoi(fields[1])
		count, wrong := strconv.Atoi(fields[2])
		if err == nil && wrong == nil {
			all = append(all, taken{first, first + count})
		}
	}
	slices.SortFunc(all, func(a, b taken) int { return a.first - b.first })
	found := firstSubordinate
	for _, t := range all {
		if t.first < found+subordinates && t.end > found {
			found = t.end
		}
	}
	return found
}
