package nsinit

import (
	"strings"
)

// lookup is where a command may be, in the order in which execvp(3) looks: a slash
// makes it a path, else the directories of the payload's PATH are tried.
func lookup(name string, env []string) (paths []string) {
	switch {
	case name == "":
		return nil
	case strings.Contains(name, "/"):
		return []string{name}
	}
	for _, dir := range strings.Split(searchPath(env), ":") {
		if dir == "" {
			dir = "."
		}
		paths = append(paths, dir+"/"+name)
	}
	return paths
}

func searchPath(env []string) string {
	for _, variable := range env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			return path
		}
	}
	return "/usr/local/bin:/usr/bin:/bin" // execvp's own, of glibc's confstr
}
