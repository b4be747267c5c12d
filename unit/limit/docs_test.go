package limit

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/properties.md says of every limit what the table says, and of no other.
func TestDocsLimits(t *testing.T) {
	want := map[string][]string{}
	for _, row := range Rows {
		if !row.IsSynonym() {
			want["--"+row.Flag] = []string{row.Property, row.Type, row.Since, row.V2, row.V1}
		}
	}
	if diff := cmp.Diff(want, documented(t, "flag")); diff != "" {
		t.Errorf("docs/properties.md against the table: %s", diff)
	}
}

// And of every other property that -p takes.
func TestDocsSettings(t *testing.T) {
	want := map[string][]string{}
	for _, setting := range Settings() {
		want[setting.Name] = []string{setting.bus(), setting.Type, setting.Since}
	}
	if diff := cmp.Diff(want, documented(t, "name in unit files")); diff != "" {
		t.Errorf("docs/properties.md against Settings: %s", diff)
	}
}

// documented is the table of docs/properties.md whose heading begins so, by its
// first column, with "–" for nothing.
func documented(t *testing.T, heading string) map[string][]string {
	t.Helper()
	content, err := os.ReadFile("../../docs/properties.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, inside := map[string][]string{}, false
	for line := range strings.Lines(string(content)) {
		cells := cellsOf(line)
		switch {
		case cells == nil:
			inside = false
		case cells[0] == heading:
			inside = true
		case inside && strings.Trim(cells[0], "-") != "":
			rows[cells[0]] = cells[1:]
		}
	}
	return rows
}

// cellsOf is a table's line without its marks; nil for another line.
func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	var cells []string
	for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
		cells = append(cells, strings.Trim(strings.TrimSpace(cell), "`–"))
	}
	return cells
}

// systemdSays is what the systemd that is installed here says of a scope's
// properties: name → D-Bus type; and its version.
func systemdSays(t *testing.T) (types map[string]string, version int) {
	t.Helper()
	const systemd = "/usr/lib/systemd/systemd"
	introspected, err := exec.Command(systemd, "--bus-introspect=org.freedesktop.systemd1.Scope").Output()
	if err != nil {
		t.Skip("no systemd here that shows its interfaces (246 and later):", err)
	}
	about, err := exec.Command(systemd, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(about), "systemd %d", &version); err != nil {
		t.Fatalf("%s: %v", about, err)
	}
	types = map[string]string{}
	for _, match := range regexp.MustCompile(`<property name="(\w+)" type="([^"]+)"`).FindAllStringSubmatch(string(introspected), -1) {
		types[match[1]] = match[2]
	}
	return types, version
}

// backported are properties that a stable branch has before their version.
var backported = map[string]int{"OOMPolicy": 252}

// Types and first versions are those of the real one: what it is said to have it
// has, of that type, and what it is too old for it has not.
func TestTypesAndSince(t *testing.T) {
	types, version := systemdSays(t)
	check := func(name, want, since string) {
		first, err := strconv.Atoi(since)
		if err != nil {
			t.Fatal(err)
		}
		if earlier, ok := backported[name]; ok {
			first = earlier
		}
		switch got, has := types[name]; {
		case has && got != want:
			t.Errorf("%s is of type %q in systemd %d, want %q", name, got, version, want)
		case has != (version >= first):
			t.Errorf("%s, since %d: systemd %d has it: %v", name, first, version, has)
		}
	}
	for _, row := range Rows {
		if !row.IsSynonym() {
			check(row.Property, row.Type, row.Since)
		}
	}
	for _, setting := range Settings() {
		check(setting.bus(), setting.Type, setting.Since)
	}
}

// Every setting goes over the bus with the type that it names.
func TestSettingsTypes(t *testing.T) {
	values := map[string]string{
		"b": "yes", "t": "1", "as": "a.service", "ay": "0", "s": "auto", "i": "SIGTERM", "u": "50%",
		"a(ss)": "/dev/null r", "a(iayu)": "any", "(bas)": "lo", "a(iiqq)": "any", "a(st)": "/dev/sda 1",
	}
	for _, setting := range Settings() {
		value := values[setting.Type]
		if setting.Name == "DisableControllers" {
			value = "pids"
		}
		extra, err := ParseProperty(setting.Name + "=" + value)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := extra.Property.Value.Signature().String(); got != setting.Type || extra.Property.Name != setting.bus() {
			t.Errorf("%s is %s of type %q, want %s of %q", setting.Name, extra.Property.Name, got, setting.bus(), setting.Type)
		}
	}
}

// The scenario that sends each property to a real systemd, beside systemd-run,
// has all of them.
func TestScenarioHasEach(t *testing.T) {
	content, err := os.ReadFile("../../test/e2e/scenarios/properties-each.txtar")
	if err != nil {
		t.Fatal(err)
	}
	has := func(name, since string) {
		if first, ok := backported[name]; ok {
			since = strconv.Itoa(first)
		}
		if !strings.Contains(string(content), "\n"+name+" | "+since+" |") {
			t.Errorf("properties-each.txtar lacks %s, since %s", name, since)
		}
	}
	for _, row := range Rows {
		switch {
		case row.IsSynonym():
		case row.Setting != "":
			has(row.Setting, row.Since)
		default:
			has(row.Property, row.Since)
		}
	}
	for _, setting := range Settings() {
		has(setting.Name, setting.Since)
	}
}
