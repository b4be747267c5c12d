package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// profile is a seccomp profile as runtimes have it: the subset of the OCI
// runtime specification's linux.seccomp that needs no helper to decide.
type profile struct {
	DefaultAction   string   `json:"defaultAction"`
	DefaultErrnoRet *uint16  `json:"defaultErrnoRet"`
	Architectures   []string `json:"architectures"` // only the machine's own is let through anyway
	Syscalls        []rule   `json:"syscalls"`
}

type rule struct {
	Names    []string    `json:"names"`
	Action   string      `json:"action"`
	ErrnoRet *uint16     `json:"errnoRet"`
	Args     []condition `json:"args"`
	Comment  string      `json:"comment"`
}

// actions by libseccomp's names; those that need a tracer or a listener are
// left out.
var actions = map[string]uint32{
	"SCMP_ACT_ALLOW":        unix.SECCOMP_RET_ALLOW,
	"SCMP_ACT_LOG":          unix.SECCOMP_RET_LOG,
	"SCMP_ACT_ERRNO":        unix.SECCOMP_RET_ERRNO,
	"SCMP_ACT_TRAP":         unix.SECCOMP_RET_TRAP,
	"SCMP_ACT_KILL":         unix.SECCOMP_RET_KILL_THREAD,
	"SCMP_ACT_KILL_THREAD":  unix.SECCOMP_RET_KILL_THREAD,
	"SCMP_ACT_KILL_PROCESS": unix.SECCOMP_RET_KILL_PROCESS,
}

// Filter assembles --seccomp's program; "" is none.
func Filter(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	if syscallNumbers == "" {
		return nil, errors.New("this architecture's system calls are not known to slimrun")
	}
	chosen := denyList
	if name != "default" {
		var err error
		if chosen, err = readProfile(name); err != nil {
			return nil, err
		}
	}
	filter, err := chosen.assemble(systemCalls())
	return filter, errors.Join(err, chosen.checkExec())
}

func readProfile(name string) (profile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return profile{}, fmt.Errorf(`want "default" or a file: %w`, err)
	}
	return parseProfile(text)
}

// parseProfile: a member that is not known could be one that matters, so it is an error.
func parseProfile(text []byte) (p profile, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		line := 1 + bytes.Count(text[:min(int(decoder.InputOffset()), len(text))], []byte("\n"))
		return p, fmt.Errorf("line %d: %w (want an OCI runtime's seccomp profile, without includes and excludes)",
			line, err)
	}
	if rest := bytes.TrimLeft(text[decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		line := 1 + bytes.Count(text[:len(text)-len(rest)], []byte("\n"))
		return p, fmt.Errorf("line %d: want nothing behind the profile's last brace", line)
	}
	return p, p.checkNames()
}

// checkNames refuses what is no system call's name anywhere: a profile with a slip
// has a hole.
func (p profile) checkNames() error {
	known := strings.Fields(allNames)
	var wrong []string
	for _, rule := range p.Syscalls {
		for _, name := range rule.Names {
			if _, ok := slices.BinarySearch(known, name); ok {
				continue
			}
			said := strconv.Quote(name)
			if near := problem.Nearest(name, known); near != "" {
				said += " (" + near + "?)"
			}
			wrong = append(wrong, said)
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("no system call is called %s", strings.Join(wrong, ", "))
}

// checkExec refuses a profile under which no command could be executed: the filter
// is there before the command is.
func (p profile) checkExec() error {
	for _, rule := range append(p.Syscalls, rule{Names: []string{"execve"}, Action: p.DefaultAction}) {
		switch {
		case !slices.Contains(rule.Names, "execve") || !knownAction(rule.Action):
		case len(rule.Args) > 0 || rule.Action == "SCMP_ACT_ALLOW" || rule.Action == "SCMP_ACT_LOG":
			return nil
		default:
			return problem.Of(fmt.Errorf("it answers execve with %s, so that no command can be executed", rule.Action),
				"allow execve: no_new_privs keeps what it starts from more rights")
		}
	}
	return nil
}

// assemble makes the program. Names that only other architectures have are passed
// over: a profile is written for all.
func (p profile) assemble(numbers map[string]uint32) ([]byte, error) {
	otherwise, err := action(p.DefaultAction, p.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	filter := newProgram()
	for _, rule := range p.Syscalls {
		if err := rule.assemble(filter, numbers); err != nil {
			return nil, err
		}
	}
	filter.code = append(filter.code, answer(otherwise))
	if len(filter.code) > unix.BPF_MAXINSNS {
		return nil, fmt.Errorf("its program has %d instructions, and the kernel takes %d", len(filter.code),
			unix.BPF_MAXINSNS)
	}
	return filter.encode(), nil
}

// assemble adds what the rule says of each of its system calls.
func (r rule) assemble(filter *program, numbers map[string]uint32) error {
	do, err := action(r.Action, r.ErrnoRet)
	if err != nil {
		return err
	}
	for _, c := range r.Args {
		if comparisons[c.Op] == nil || c.Index > 5 {
			return fmt.Errorf("%s: argument %d %q: want 0 to 5 and an operator such as SCMP_CMP_EQ",
				strings.Join(r.Names, ", "), c.Index, c.Op)
		}
	}
	for _, name := range r.Names {
		number, known := numbers[name]
		if !known {
			continue
		}
		for _, conditions := range alternatives(r.Args) {
			filter.rule(number, conditions, do)
		}
	}
	return nil
}

// alternatives: all conditions must hold, but where two are on one argument
// each is a rule of its own, as in runc.
func alternatives(args []condition) [][]condition {
	seen := map[uint]bool{}
	for _, c := range args {
		if seen[c.Index] {
			var each [][]condition
			for _, c := range args {
				each = append(each, []condition{c})
			}
			return each
		}
		seen[c.Index] = true
	}
	return [][]condition{args}
}

func knownAction(name string) bool {
	_, known := actions[name]
	return known
}

func action(name string, errno *uint16) (uint32, error) {
	code, known := actions[name]
	if !known {
		return 0, fmt.Errorf("action %q: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(actions)), ", "))
	}
	if code == unix.SECCOMP_RET_ERRNO {
		code |= uint32(unix.EPERM)
		if errno != nil {
			code = unix.SECCOMP_RET_ERRNO | uint32(*errno)
		}
	}
	return code, nil
}

// systemCalls reads the table, "read 0 write 1 ...": a map in the program's
// data would be built at every start.
func systemCalls() map[string]uint32 {
	words := strings.Fields(syscallNumbers)
	numbers := make(map[string]uint32, len(words)/2)
	for i := 0; i+1 < len(words); i += 2 {
		n, _ := strconv.ParseUint(words[i+1], 10, 32)
		numbers[words[i]] = uint32(n)
	}
	return numbers
}
