package slurm

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// places are where Slurm's own programs are looked for, never in PATH.
var places = []string{"/usr/bin", "/usr/local/bin", "/opt/slurm/bin"}

// Program is the path of one of Slurm's programs. Errors: none of the places has it.
func Program(name string) (string, error) {
	for _, place := range places {
		file := filepath.Join(place, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", problem.Errorf("install Slurm's client programs (Debian: slurm-client), or link them to /usr/local/bin",
		"Slurm's %s is in none of %s", name, strings.Join(places, ", "))
}
