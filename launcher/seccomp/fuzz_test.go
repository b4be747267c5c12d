package seccomp

import (
	"slices"
	"testing"
)

// says is what a profile says of a call, read as its author does: the first rule decides.
func (p profile) says(t *testing.T, number uint32, numbers map[string]uint32, args [6]uint64) uint32 {
	for _, rule := range p.Syscalls {
		if !slices.ContainsFunc(rule.Names, func(name string) bool { n, here := numbers[name]; return here && n == number }) {
			continue
		}
		if slices.ContainsFunc(alternatives(rule.Args), func(all []condition) bool {
			return !slices.ContainsFunc(all, func(c condition) bool { return !c.holds(args[c.Index]) })
		}) {
			return decided(t, rule.Action, rule.ErrnoRet)
		}
	}
	return decided(t, p.DefaultAction, p.DefaultErrnoRet)
}

func decided(t *testing.T, name string, errno *uint16) uint32 {
	t.Helper()
	code, err := action(name, errno)
	if err != nil {
		t.Fatalf("%s went into a filter: %v", name, err)
	}
	return code
}

func (c condition) holds(n uint64) bool {
	return map[string]bool{
		"SCMP_CMP_EQ": n == c.Value, "SCMP_CMP_NE": n != c.Value,
		"SCMP_CMP_GT": n > c.Value, "SCMP_CMP_GE": n >= c.Value,
		"SCMP_CMP_LT": n < c.Value, "SCMP_CMP_LE": n <= c.Value,
		"SCMP_CMP_MASKED_EQ": n&c.Value == c.ValueTwo, "masked not equal": n&c.Value != c.ValueTwo,
	}[c.Op]
}

// around are arguments that matter to a profile: its values, and those beside them.
func (p profile) around(args [6]uint64) [][6]uint64 {
	probes := [][6]uint64{args}
	for _, rule := range p.Syscalls {
		fitting := args
		for _, c := range rule.Args {
			for _, n := range []uint64{c.Value - 1, c.Value, c.Value + 1, c.Value ^ 1<<32, c.ValueTwo} {
				fitting[c.Index] = n
				probes = append(probes, fitting)
			}
			fitting[c.Index] = c.Value
		}
	}
	return probes[:min(len(probes), 40)]
}

// A profile is an error, or a filter that decides as it reads.
func FuzzFilter(f *testing.F) {
	f.Add(`{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,
		"syscalls":[{"names":["read","execve"],"action":"SCMP_ACT_ALLOW"}]}`, uint32(0), uint64(0), uint64(0))
	for _, op := range []string{"EQ", "NE", "GT", "GE", "LT", "LE", "MASKED_EQ"} {
		f.Add(`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read","mkdir"],"action":"SCMP_ACT_TRAP","args":[
			{"index":1,"value":21474836487,"valueTwo":4294967296,"op":"SCMP_CMP_`+op+`"},{"index":0,"value":7,"op":"SCMP_CMP_GT"}]}]}`, uint32(0), uint64(8), uint64(7))
	}
	f.Add(`{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["read"],"action":"SCMP_ACT_KILL","args":[
		{"index":1,"value":2,"op":"SCMP_CMP_NE"},{"index":1,"value":3,"op":"SCMP_CMP_NE"}]}]}`, uint32(0), uint64(2), uint64(2))
	numbers := systemCalls()
	f.Fuzz(func(t *testing.T, text string, number uint32, first, second uint64) {
		p, err := parseProfile([]byte(text))
		if err != nil {
			return
		}
		filter, err := p.assemble(numbers)
		if err != nil {
			return
		}
		number %= 1 << 9 // the calls there are
		for _, args := range p.around([6]uint64{first, second}) {
			want := p.says(t, number, numbers, args)
			if got := decide(t, filter, auditArch, number, args[:]...); got != want {
				t.Fatalf("call %d with %d: the filter says %#x, the profile %#x", number, args, got, want)
			}
		}
	})
}
