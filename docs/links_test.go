package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unkept  = regexp.MustCompile(`[^a-z0-9 _-]`) // of a heading, in its anchor
	link    = regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	mention = regexp.MustCompile(`\b(?:docs|test)/[A-Za-z0-9_./-]+\.(?:md|svg|json|1)\b`)
)

// anchors are those that a page has, as they are made of its headings.
func anchors(text string) map[string]bool {
	found := map[string]bool{"": true}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		name := unkept.ReplaceAllString(strings.ToLower(match[1]), "")
		found["#"+strings.ReplaceAll(name, " ", "-")] = true
	}
	return found
}

// What a page points to is there, and so is the place in it.
func TestLinks(t *testing.T) {
	all, count := pages(t), 0
	for file, text := range all {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			count++
			target := file
			if match[1] != "" {
				target = filepath.Join(filepath.Dir(file), match[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", file, match[0], err)
			}
			if to, isPage := all[target]; isPage && !anchors(to)[match[2]] {
				t.Errorf("%s: %s: no such heading", file, match[0])
			}
		}
		for _, name := range mention.FindAllString(text, -1) {
			count++
			if _, err := os.Stat("../" + name); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if count < 40 {
		t.Errorf("%d links are too few", count)
	}
}
