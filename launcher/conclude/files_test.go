package conclude

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// Row T7: a report that cannot be written is a warning that names the target; one that
// would go to a directory is told at once.
func TestReportFails(t *testing.T) {
	dir := t.TempDir()
	for target, want := range map[string]string{
		"/dev/full": "writing the report to \"/dev/full\": no space", dir: dir + ": is a directory",
	} {
		var words bytes.Buffer
		out := console.Console{Err: &words}
		asked := spec.Spec{Report: target}
		files, err := Open(asked, out)
		if err != nil {
			t.Fatal(err)
		}
		status := files.Conclude(out, asked, verdict.Verdict{Status: 7})
		if status != 7 || !strings.HasPrefix(words.String(), "slimrun: warning: ") ||
			!strings.Contains(words.String(), want) {
			t.Errorf("T7 %s: status %d, said %q", target, status, words.String())
		}
	}
}

// What cannot be opened is an error, of each.
func TestOpenFails(t *testing.T) {
	_, err := Open(spec.Spec{Report: "/nonexistent/r", Plot: "/nonexistent/p"}, nil)
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/r") ||
		!strings.Contains(err.Error(), "/nonexistent/p") {
		t.Errorf("got %v", err)
	}
}

// The report takes the place of what was there, which stays until then.
func TestReportReplaces(t *testing.T) {
	asked := spec.Spec{Report: t.TempDir() + "/report"}
	os.WriteFile(asked.Report, []byte(strings.Repeat("old ", 9999)), 0o600)
	files, err := Open(asked, nil)
	if err != nil {
		t.Fatal(err)
	}
	if before, _ := os.ReadFile(asked.Report); !strings.HasPrefix(string(before), "old ") {
		t.Errorf("it is %.9q before the end", before)
	}
	files.Conclude(console.Console{}, asked, verdict.Verdict{})
	after, _ := os.ReadFile(asked.Report)
	if line, _ := verdict.ReportLine(verdict.Verdict{}); string(after) != string(line) {
		t.Errorf("it is %.99q", after)
	}
}
