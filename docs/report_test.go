package docs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/docs"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/verdict"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := docs.Pages.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// named are the names of all properties in a schema, however deep.
func named(node any, found map[string]bool) map[string]bool {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if properties, ok := value.(map[string]any); ok && key == "properties" {
				for name := range properties {
					found[name] = true
				}
			}
			named(value, found)
		}
	case []any:
		for _, value := range node {
			named(value, found)
		}
	}
	return found
}

// tagged are the names that a struct has in JSON, and those of the structs in it.
func tagged(kind reflect.Type, found map[string]bool) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		tagged(kind.Elem(), found)
	case reflect.Struct:
		for i := range kind.NumField() {
			if name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ","); name != "" {
				found[name] = true
				tagged(kind.Field(i).Type, found)
			}
		}
	}
}

// Each field of the report is in the schema, and each of the schema's on the page.
func TestEveryFieldIsDescribed(t *testing.T) {
	var schema any
	if err := json.Unmarshal([]byte(page(t, "report.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	inSchema, inCode := named(schema, map[string]bool{}), map[string]bool{}
	tagged(reflect.TypeFor[verdict.Report](), inCode)
	tagged(reflect.TypeFor[record.Started](), inCode)
	text := page(t, "report.md")
	for _, name := range slices.Sorted(maps.Keys(inCode)) {
		if !inSchema[name] {
			t.Errorf("%s is not in the schema", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inSchema)) {
		if !regexp.MustCompile("`([a-z]+[.])?" + name + "`").MatchString(text) {
			t.Errorf("%s is not on the page", name)
		}
	}
	if len(inCode) < 50 {
		t.Errorf("%d fields are too few", len(inCode))
	}
}

// Each line for jq is one that jq takes, also of a launch that failed, whose figures are null.
func TestJQLines(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("needs jq")
	}
	report, err := verdict.ReportLine(verdict.Refused([]string{"true"}, exec.ErrNotFound))
	if err != nil {
		t.Fatal(err)
	}
	text, count := page(t, "report.md"), 0
	t.Chdir(t.TempDir())
	if err := os.WriteFile("r.json", report, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct{ lines, command string }{
		{"(?m)^\\| `.*\\| `(.*)` \\|$", "jq '%s' r.json"},
		{`(?m)^    \$ (jq .*)$`, "%s"},
	} {
		for _, line := range regexp.MustCompile(of.lines).FindAllStringSubmatch(text, -1) {
			count++
			typed := fmt.Sprintf(of.command, strings.ReplaceAll(line[1], `\|`, "|"))
			if out, err := exec.Command("sh", "-c", typed).CombinedOutput(); err != nil {
				t.Errorf("%s: %v, %s", typed, err, out)
			}
		}
	}
	if count < 50 {
		t.Errorf("%d lines are too few", count)
	}
}
