package spec

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
)

// unitChars are those that systemd takes in a unit's name (VALID_CHARS of
// src/basic/unit-name.c), without the backslash of escapes and the @ of
// templates.
const unitChars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_."

// scopeName is the name of a run as that of its scope.
func scopeName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	base := strings.TrimSuffix(name, ".scope")
	problem := ""
	switch {
	case strings.Trim(base, unitChars) != "" || base == "" || strings.Trim(base, ".") == "":
		problem = "want letters, digits and :-_."
	case len(base) > 249: // UNIT_NAME_MAX is 256 with the suffix and a NUL
		problem = "want at most 249 bytes"
	case isUnitType(filepath.Ext(base)):
		problem = "a run is a scope: want a name without " + filepath.Ext(base)
	default:
		return base + ".scope", nil
	}
	return "", errors.New(problem)
}

func isUnitType(suffix string) bool {
	types := []string{
		".service", ".socket", ".target", ".device", ".mount", ".automount",
		".swap", ".timer", ".path", ".slice", ".scope",
	}
	return slices.Contains(types, suffix)
}

// sliceName likewise; systemd takes the dashes for the slices around it.
func sliceName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	base := strings.TrimSuffix(name, ".slice")
	if strings.Trim(base, unitChars) != "" || isUnitType(filepath.Ext(base)) || len(base) > 249 ||
		slices.Contains(strings.Split(base, "-"), "") { // of a name such as a--b, and of none
		return "", errors.New(`want a slice's name such as "build" or "build-nightly"`)
	}
	return base + ".slice", nil
}

// GenerateName makes "slimrun-stress-0123456789abcdef.scope".
func GenerateName(command string) string {
	base := strings.Map(func(c rune) rune {
		if strings.ContainsRune(unitChars, c) {
			return c
		}
		return '_'
	}, filepath.Base(command))
	return fmt.Sprintf("slimrun-%s-%016x.scope", base[:min(len(base), 64)], rand.Uint64())
}
