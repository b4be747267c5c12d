package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// problemsOf is a request's errors, one a line.
func problemsOf(request Request) []string {
	request.Argv = []string{"true"}
	_, err := New(request)
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// All at once, not one per try.
func TestSpecNamesEveryProblem(t *testing.T) {
	problems := problemsOf(Request{
		Limits:     map[string]string{"memory": "0", "cpus": "-1", "pids": "0", "timeout": "soon"},
		Properties: []string{"MemoryMax=x", "nonsense"},
		Manager:    "docker", Name: "a/b", Slice: "--", Share: []string{"everything"}, Hostname: "", HasHostname: true,
		Description: "\xff", Env: []string{"=1"}, PassFDs: []int{1}, Report: "fd:x",
	})
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
	limit := func(flag, value string) Request { return Request{Limits: map[string]string{flag: value}} }
	host := func(name string) Request { return Request{Hostname: name, HasHostname: true} }
	for row, request := range map[string]Request{
		"A13 65 bytes": host(strings.Repeat("h", 65)), "A13 empty": host(""), "A13 NUL": host("a\x00b"),
		"A13 shared": {Hostname: "h", HasHostname: true, Share: []string{"uts"}},
		"A15 ../a":   {Name: "../a"}, "A15 a/b": {Name: "a/b"}, "A15 x.service": {Name: "x.service"}, "A15 x.scope.scope": {Name: "x.scope.scope"},
		"A15 300 bytes": {Name: strings.Repeat("n", 300)}, "A15 250 bytes": {Name: strings.Repeat("n", 250)},
		"A15 only .scope": {Name: ".scope"}, "A15 dots": {Name: ".."}, "A15 template": {Name: "a@b"}, "A15 escape": {Name: `a\x2d`}, "A15 space": {Name: "a b"}, "A15 newline": {Name: "a\n"},
		"S1": limit("memory", "1e3"), "S4": limit("memory", "16E"), "S6": limit("memory", "101%"),
		"S7 pids": limit("pids", "0"), "S7 cpus": limit("cpus", "0"), "S7 inf": limit("cpus", "inf"),
		"slice": {Slice: "a--b"}, "slice dash": {Slice: "-a"}, "slice service": {Slice: "a.service"},
		"two managers": {System: true, User: true}, "manager twice": {Manager: "embedded", System: true},
		"fd closed": {PassFDs: []int{9999}}, "report closed": {Report: "fd:9999"},
	} {
		if problems := problemsOf(request); len(problems) != 1 {
			t.Errorf("%s: problems %q, want one", row, problems)
		}
	}
}

// Rows S2 S8: what is asked for, and what that implies.
func TestSpecLimits(t *testing.T) {
	for name, c := range map[string]struct {
		limits     map[string]string
		properties []string
		want       []string
	}{
		"nothing":           {nil, nil, []string{"OOMPolicy=continue implied"}},
		"S2 memory alone":   {map[string]string{"memory": "100M"}, nil, []string{"MemoryMax=104857600", "MemorySwapMax=0 implied", "OOMPolicy=continue implied"}},
		"S8 swap said":      {map[string]string{"memory": "100M", "swap": "0"}, nil, []string{"MemoryMax=104857600", "MemorySwapMax=0", "OOMPolicy=continue implied"}},
		"swap infinity":     {map[string]string{"memory": "1G", "swap": "infinity"}, nil, []string{"MemoryMax=1073741824", "MemorySwapMax=infinity", "OOMPolicy=continue implied"}},
		"memory by -p":      {nil, []string{"MemoryMax=1G"}, []string{"MemoryMax=1073741824", "MemorySwapMax=0 implied", "OOMPolicy=continue implied"}},
		"-p beats the flag": {map[string]string{"pids": "9"}, []string{"TasksMax=10"}, []string{"TasksMax=10", "OOMPolicy=continue implied"}},
		"oom said":          {map[string]string{"oom": "kill"}, nil, []string{"OOMPolicy=kill"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := New(Request{Argv: []string{"true"}, Limits: c.limits, Properties: c.properties})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, limit := range spec.Limits {
				text := limit.Assignment()
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
	for name, want := range map[string]string{"": "", "a": "a.scope", "a.scope": "a.scope", "a-b_c:1.2": "a-b_c:1.2.scope", strings.Repeat("n", 249): strings.Repeat("n", 249) + ".scope"} {
		if got, err := scopeName(name); got != want || err != nil {
			t.Errorf("--name %q is %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"": "", "build": "build.slice", "build-nightly.slice": "build-nightly.slice"} {
		if got, err := sliceName(name); got != want || err != nil {
			t.Errorf("--slice %q is %q, %v, want %q", name, got, err, want)
		}
	}
	for _, command := range []string{"stress", "/usr/bin/true", "", "\xff\n/a b", "é", strings.Repeat("x", 300), ".", "a.service"} {
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
		got, err := environment(caller, c.asked)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, asked := range []string{"", "=", "=x", "A=\x00"} {
		if _, err := environment(caller, []string{asked}); err == nil {
			t.Errorf("--env %q is taken", asked)
		}
	}
}
