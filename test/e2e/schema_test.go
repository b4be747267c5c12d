package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/slimrun/slimrun/docs"
)

// schema is docs/report.schema.json.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const name = "report.schema.json"
	text, err := docs.Pages.Open(name)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	document, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, document); err != nil {
		return nil, err
	}
	return compiler.Compile(name)
})

// conforms holds a text against the schema, if it is a report.
func conforms(text []byte) error {
	if !bytes.Contains(text[:min(len(text), 1000)], []byte(`"schema":"slimrun.report/1"`)) {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil // not a report alone
	}
	compiled, err := schema()
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

// holdReports looks at all that a scenario has left in its folder.
func holdReports(env *testscript.Env) {
	_ = filepath.WalkDir(env.WorkDir, func(path string, entry fs.DirEntry, err error) error {
		info, statErr := os.Lstat(path)
		if err != nil || statErr != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
			return nil
		}
		content, _ := os.ReadFile(path) // one that cannot be read is no report of ours
		for line := range bytes.Lines(content) {
			if err := conforms(line); err != nil {
				env.T().(inline).Errorf("%s is not what docs/report.schema.json says: %v\n%s", path, err, line)
			}
		}
		return nil
	})
}

// The schema says no to what is no report.
func TestSchema(t *testing.T) {
	const least = `{"schema":"slimrun.report/1","name":"","unit":null,"manager":"","cgroup":null,"command":[],
		"started":"2026-11-26T12:00:00Z","outcome":"failed","exit_code":125,"signal":null,"error":"x","limits":{},
		"usage":{"wall_usec":1,"cpu_usec":null,"cpu_user_usec":null,"cpu_system_usec":null,"throttled_usec":null,
		"memory_peak_bytes":null,"swap_peak_bytes":null,"working_set_bytes":null,"pids_peak":null,"forks_refused":null,
		"io_read_bytes":null,"io_write_bytes":null,"pressure":{"cpu":null,"memory":null,"io":null}},
		"oom":{"kills":null,"max_events":null,"high_events":null,"whose":null,"cgroup":null,"limit_bytes":null},"felt":{}}`
	if err := conforms([]byte(least)); err != nil {
		t.Errorf("a report is none: %v", err)
	}
	for name, change := range map[string][2]string{
		"a field more":     {`"felt":{}`, `"felt":{},"more":1`},
		"one less":         {`"signal":null,`, ``},
		"a number as text": {`"wall_usec":1`, `"wall_usec":"1"`},
		"no outcome":       {`"outcome":"failed"`, `"outcome":null`},
		"no such outcome":  {`"outcome":"failed"`, `"outcome":"done"`},
		"no time":          {`2026-11-26T12`, `26-11-26 12`},
		"a limit's field":  {`"limits":{}`, `"limits":{"memory":{"property":"MemoryMax","asked":"1M","kernel":null}}`},
		"below zero":       {`"kills":null`, `"kills":-1`},
	} {
		if err := conforms([]byte(strings.Replace(least, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}
