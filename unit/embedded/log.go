package embedded

import (
	"os"
	"strconv"
	"strings"
)

// complaints are the first errors of the manager's log, or its last lines where
// it has none. The log is in /dev/kmsg's form: "<27>systemd[1]: text", with the
// level in the lower three bits of the number, 0 to 3 for errors.
func complaints(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	var errors, all []string
	for line := range strings.Lines(string(content)) {
		level, text := parseKmsg(strings.TrimSpace(line))
		all = append(all, text)
		if level <= 3 {
			errors = append(errors, text)
		}
	}
	if len(errors) > 0 {
		return strings.Join(errors[:min(3, len(errors))], "; ")
	}
	return strings.Join(all[max(0, len(all)-3):], "; ")
}

// parseKmsg splits a line into its level and its text; 6 (info) where it says
// none.
func parseKmsg(line string) (int, string) {
	number, text, found := strings.Cut(line, ">")
	priority, err := strconv.Atoi(strings.TrimPrefix(number, "<"))
	if !found || err != nil {
		return 6, line
	}
	return priority & 7, strings.TrimPrefix(text, "systemd[1]: ")
}
