package docs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms are slimrun's packages: the folders that hold Go.
func rooms(t *testing.T) (folders []string) {
	t.Helper()
	for _, top := range []string{"launcher", "unit", "nsinit"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && filepath.Base(path) != "testdata" {
				folders = append(folders, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return folders
}

var drawnRoom = regexp.MustCompile(`(?m)^ +[│ ]*[├└]─ ([a-z]+)/ `)

// design.md draws every package, and none that is not there.
func TestMapOfRooms(t *testing.T) {
	page, err := os.ReadFile("design.md")
	if err != nil {
		t.Fatal(err)
	}
	var drawn, there []string
	for _, found := range drawnRoom.FindAllStringSubmatch(string(page), -1) {
		drawn = append(drawn, found[1])
	}
	for _, folder := range rooms(t) {
		there = append(there, filepath.Base(folder))
	}
	slices.Sort(drawn)
	slices.Sort(there)
	if !slices.Equal(drawn, there) {
		t.Errorf("design.md draws\n%q, there are\n%q", drawn, there)
	}
}

// A package says what it is, and when not to use it.
func TestRoomsSayWhatTheyAre(t *testing.T) {
	for _, folder := range rooms(t) {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var said string
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			said += file.Doc.Text()
		}
		if !strings.HasPrefix(said, "Package "+filepath.Base(folder)+" ") ||
			!strings.Contains(said, "When not to use it:") {
			t.Errorf("%s: its doc.go says %q, want what the package is and when not to use it", folder, said)
		}
	}
}
