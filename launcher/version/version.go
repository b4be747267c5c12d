package version

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// release is the version that this source is, or becomes with its next tag. The
// Makefile reads it here where git has no tag.
const release = "0.9.0"

// number and commit are what the Makefile knows of git (-ldflags -X).
var number, commit string

// String is "0.9.0 (commit 1a2b3c4d5e6f, go1.26.0 linux/amd64)".
func String() string {
	if number == "" || commit == "" {
		if info, ok := debug.ReadBuildInfo(); ok {
			return describe(numberOf(info), commitOf(info))
		}
	}
	return describe(number, commit)
}

func describe(number, commit string) string {
	return fmt.Sprintf("%s (commit %s, %s %s/%s)", number, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// numberOf is the module's version, where it has one by a tag (go install MODULE@v0.9.0).
func numberOf(info *debug.BuildInfo) string {
	if module := info.Main.Version; strings.HasPrefix(module, "v") && !strings.HasPrefix(module, "v0.0.0-") {
		return strings.TrimPrefix(module, "v")
	}
	return release
}

// commitOf asks git's stamp (go build in a checkout), then the version that Go makes up
// for a commit without a tag: v0.0.0-20060102150405-1a2b3c4d5e6f. A module that was
// fetched by its tag knows no more of its commit than that tag.
func commitOf(info *debug.BuildInfo) string {
	stamp := map[string]string{}
	for _, setting := range info.Settings {
		stamp[setting.Key] = setting.Value
	}
	made := regexp.MustCompile(`[-.][0-9]{14}-([0-9a-f]{12})(\+dirty)?$`).FindStringSubmatch(info.Main.Version)
	switch hash := stamp["vcs.revision"]; {
	case hash != "" && stamp["vcs.modified"] == "true":
		return hash[:min(12, len(hash))] + "-dirty"
	case hash != "":
		return hash[:min(12, len(hash))]
	case made != nil:
		return made[1]
	case strings.HasPrefix(info.Main.Version, "v"):
		return info.Main.Version
	}
	return "unknown"
}
