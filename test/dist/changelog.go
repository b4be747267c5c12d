package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maintainer is whom packages name.
const maintainer = "slimrun authors <slimrun@users.noreply.github.com>"

// A change is one version's part of CHANGELOG.md: "## 0.9.0 - 2026-11-26", and what stands
// as points below it.
type change struct {
	version string
	date    time.Time
	points  []string
}

var (
	heading = regexp.MustCompile(`^## \[?([0-9][^] ]*)\]? - (\d{4}-\d{2}-\d{2})$`)
	point   = regexp.MustCompile(`^[-*] (.*)`)
)

// parseChanges joins a point's lines; what stands elsewhere is for readers of the page.
func parseChanges(text string) (changes []change, err error) {
	open := false // the line before belongs to a point
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		last := len(changes) - 1
		if m := heading.FindStringSubmatch(line); m != nil {
			date, err := time.Parse(time.DateOnly, m[2])
			if err != nil {
				return nil, err
			}
			changes, open = append(changes, change{version: m[1], date: date}), false
		} else if m := point.FindStringSubmatch(line); m != nil && last >= 0 {
			changes[last].points, open = append(changes[last].points, m[1]), true
		} else if more := strings.TrimSpace(line); open && more != "" && line != more {
			changes[last].points[len(changes[last].points)-1] += " " + more
		} else {
			open = false
		}
	}
	if len(changes) == 0 || len(changes[0].points) == 0 {
		return nil, fmt.Errorf(`no version with points in it: expected "## 0.9.0 - 2026-11-26" and "- ..." below`)
	}
	return changes, nil
}

// of is the version as packages call it: a build after a tag is the newest entry's.
func (r release) of(changes []change, i int) string {
	if i == 0 {
		return r.version + "-1"
	}
	return changes[i].version + "-1"
}

// debian is the changelog in Debian's format.
func (r release) debian(changes []change) string {
	var text strings.Builder
	for i, c := range changes {
		fmt.Fprintf(&text, "slimrun (%s) unstable; urgency=medium\n\n", r.of(changes, i))
		for _, point := range c.points {
			text.WriteString("  * " + strings.Join(wrap(point, 75), "\n    ") + "\n")
		}
		fmt.Fprintf(&text, "\n -- %s  %s\n\n", maintainer, c.date.Format(time.RFC1123Z))
	}
	return text.String()
}

// chglog is the changelog as nfpm takes it, for the header of a .rpm.
func (r release) chglog(changes []change) string {
	var text strings.Builder
	for i, c := range changes {
		fmt.Fprintf(&text, "- semver: %q\n  date: %s\n  packager: %q\n  changes:\n",
			r.of(changes, i), c.date.Format(time.RFC3339), maintainer)
		for _, point := range c.points {
			fmt.Fprintf(&text, "    - note: %q\n", strings.Join(wrap(point, 75), "\n"))
		}
	}
	return text.String()
}

// wrap breaks a text at spaces into lines of at most width bytes.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
