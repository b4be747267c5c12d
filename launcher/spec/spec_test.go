package spec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read is a spec of flags, each as "name=value".
func read(given ...string) (Spec, error) {
	draft := New()
	flags := draft.Flags()
	values, names := make([][]string, len(flags)), make([]string, len(flags))
	problems := make([]error, 0, len(flags)+1)
	for _, assignment := range given {
		name, value, _ := strings.Cut(assignment, "=")
		i := flags.Find("--" + name)
		if i < 0 {
			panic("no flag " + name)
		}
		values[i], names[i] = append(values[i], value), name
	}
	for i := range flags {
		problems = append(problems, flags[i].Set(names[i], values[i]))
	}
	spec, err := draft.Finish([]string{"true"})
	return spec, errors.Join(append(problems, err)...)
}

// problemsOf are a spec's errors, one a line.
func problemsOf(given ...string) []string {
	_, err := read(given...)
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// All at once, not one per try.
func TestSpecNamesEveryProblem(t *testing.T) {
	problems := problemsOf("memory=0", "cpus=-1", "pids=0", "timeout=soon", "property=MemoryMax=x", "property=nonsense",
		"manager=docker", "name=a/b", "slice=--", "share=everything", "hostname=", "description=\xff", "env==1", "pass-fd=1", "report=fd:x")
	for _, want := range []string{
		"--memory", "--cpus", "--pids", "--timeout", "-p MemoryMax", `-p "nonsense"`, "--manager", "--name", "--slice", "--share",
		"--hostname", "--description", "--env", "--pass-fd", "--report",
	} {
		found := 0
		for _, problem := range problems {
			if strings.HasPrefix(problem, want) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s is named %d times in %q", want, found, problems)
		}
	}
}

// Rows A13 A15 S1 S4 S6 S7: one wrong value each.
func TestSpecRefuses(t *testing.T) {
	name := func(length int) string { return "name=" + strings.Repeat("n", length) }
	for row, given := range map[string][]string{
		"A13 65 bytes": {"hostname=" + strings.Repeat("h", 65)}, "A13 empty": {"hostname="}, "A13 NUL": {"hostname=a\x00b"},
		"A13 shared": {"hostname=h", "share=uts"},
		"A15 ../a":   {"name=../a"}, "A15 a/b": {"name=a/b"}, "A15 x.service": {"name=x.service"}, "A15 x.scope.scope": {"name=x.scope.scope"},
		"A15 300 bytes": {name(300)}, "A15 250 bytes": {name(250)},
		"A15 only .scope": {"name=.scope"}, "A15 dots": {"name=.."}, "A15 template": {"name=a@b"}, "A15 escape": {`name=a\x2d`}, "A15 space": {"name=a b"}, "A15 newline": {"name=a\n"},
		"S1": {"memory=1e3"}, "S4": {"memory=16E"}, "S6": {"memory=101%"},
		"S7 pids": {"pids=0"}, "S7 cpus": {"cpus=0"}, "S7 inf": {"cpus=inf"},
		"slice": {"slice=a--b"}, "slice dash": {"slice=-a"}, "slice service": {"slice=a.service"},
		"-p and the flag": {"pids=9", "property=TasksMax=10"}, "-p and --slice": {"slice=a", "property=Slice=b"}, "-p and --description": {"description=a", "property=Description=b"},
		"-p Slice":     {"property=Slice=../a"},
		"two managers": {"system=true", "user=true"}, "manager twice": {"manager=embedded", "system=true"},
		"fd closed": {"pass-fd=9999"}, "fd no number": {"pass-fd=x"}, "report closed": {"report=fd:9999"}, "a switch": {"quiet=maybe"},
	} {
		if problems := problemsOf(given...); len(problems) != 1 {
			t.Errorf("%s: problems %q, want one", row, problems)
		}
	}
}

// Rows S2 S8: what is asked for, and what that implies.
func TestSpecLimits(t *testing.T) {
	for name, c := range map[string]struct{ given, want []string }{
		"nothing":           {nil, []string{"OOMPolicy=continue implied"}},
		"S2 memory alone":   {[]string{"memory=100M"}, []string{"MemoryMax=104857600", "MemorySwapMax=0 implied", "OOMPolicy=continue implied"}},
		"S8 swap said":      {[]string{"memory=100M", "swap=0"}, []string{"MemoryMax=104857600", "MemorySwapMax=0", "OOMPolicy=continue implied"}},
		"swap infinity":     {[]string{"memory=1G", "swap=infinity"}, []string{"MemoryMax=1073741824", "MemorySwapMax=infinity", "OOMPolicy=continue implied"}},
		"memory by -p":      {[]string{"property=MemoryMax=1G"}, []string{"MemoryMax=1073741824", "MemorySwapMax=0 implied", "OOMPolicy=continue implied"}},
		"-p takes back":     {[]string{"property=MemoryMax=1G", "property=MemoryMax=", "property=TasksMax=9"}, []string{"TasksMax=9", "OOMPolicy=continue implied"}},
		"-p's last one":     {[]string{"property=TasksMax=9", "property=TasksMax=8"}, []string{"TasksMax=8", "OOMPolicy=continue implied"}},
		"oom said":          {[]string{"oom=kill"}, []string{"OOMPolicy=kill"}},
		"the last one wins": {[]string{"pids=9", "pids=8"}, []string{"TasksMax=8", "OOMPolicy=continue implied"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := read(c.given...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, limit := range spec.Limits {
				text := strings.Join(limit.Assignments(), " ")
				if limit.Implied {
					text += " implied"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Row A15: names that are taken.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "a": "a.scope", "a.scope": "a.scope", "a-b_c:1.2": "a-b_c:1.2.scope",
		strings.Repeat("n", 249): strings.Repeat("n", 249) + ".scope",
	} {
		if got, err := scopeName(name); got != want || err != nil {
			t.Errorf("--name %q is %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"": "", "build": "build.slice", "build-nightly.slice": "build-nightly.slice",
	} {
		if got, err := sliceName(name); got != want || err != nil {
			t.Errorf("--slice %q is %q, %v, want %q", name, got, err, want)
		}
	}
	for _, command := range []string{
		"stress", "/usr/bin/true", "", "\xff\n/a b", "é", strings.Repeat("x", 300), ".", "a.service",
	} {
		name := GenerateName(command)
		if taken, err := scopeName(name); taken != name || err != nil {
			t.Errorf("for %q the name is %q: %v", command, name, err)
		}
	}
	if one, two := GenerateName("a"), GenerateName("a"); one == two {
		t.Error("two runs get one name")
	}
}

func TestEnvironment(t *testing.T) {
	caller := []string{"A=1", "B=\xff", "A=2", "AB=3"}
	for name, c := range map[string]struct{ asked, want []string }{
		"the caller's, byte for byte": {nil, caller},
		"set":                         {[]string{"C=x=y"}, []string{"A=1", "B=\xff", "A=2", "AB=3", "C=x=y"}},
		"replaced, every one":         {[]string{"A=9"}, []string{"B=\xff", "AB=3", "A=9"}},
		"empty":                       {[]string{"AB="}, []string{"A=1", "B=\xff", "A=2", "AB="}},
		"the caller's own":            {[]string{"A", "NONE"}, caller},
		"the last one wins":           {[]string{"C=1", "C=2"}, []string{"A=1", "B=\xff", "A=2", "AB=3", "C=2"}},
	} {
		if diff := cmp.Diff(c.want, environment(caller, c.asked)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, asked := range []string{"", "=", "=x", "A=\x00"} {
		if problems := problemsOf("env=" + asked); len(problems) != 1 {
			t.Errorf("--env %q: %q, want one problem", asked, problems)
		}
	}
}
