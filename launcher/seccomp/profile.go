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
	return chosen.assemble(systemCalls())
}

// readProfile reads a file. A member that is not known could be one that
// matters, so it is an error.
func readProfile(name string) (p profile, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return p, fmt.Errorf(`want "default" or a file: %w`, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		line := 1 + bytes.Count(text[:min(int(decoder.InputOffset()), len(text))], []byte("\n"))
		return p, fmt.Errorf("line %d: %w (want an OCI runtime's seccomp profile, without includes and excludes)", line, err)
	}
	return p, nil
}

// assemble makes the program. Names that this architecture has not are passed
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
		return nil, fmt.Errorf("its program has %d instructions, and the kernel takes %d", len(filter.code), unix.BPF_MAXINSNS)
	}
	return filter.encode(), nil
}

func (r rule) assemble(filter *program, numbers map[string]uint32) error {
	do, err := action(r.Action, r.ErrnoRet)
	if err != nil {
		return err
	}
	for _, c := range r.Args {
		if comparisons[c.Op] == nil || c.Index > 5 {
			return fmt.Errorf("%s: argument %d %q: want 0 to 5 and an operator such as SCMP_CMP_EQ", strings.Join(r.Names, ", "), c.Index, c.Op)
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
