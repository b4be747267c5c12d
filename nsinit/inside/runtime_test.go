package inside

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const here = "github.com/slimrun/slimrun/nsinit/inside."

// The functions that run without Go's runtime begin here: at the entry, after the
// clone, and in the helper. What a helper and boarding run beside a living Go may
// write no pointer while a collection is under way.
var roots = map[string]bool{here + "enter": true, here + "boarding": false, here + "(*Spawn).help": false}

// harmless are the functions of others that need no runtime: panics, which end in
// nil's fault; the check of a stack that is never too small; copies; system calls.
var harmless = regexp.MustCompile(`^(runtime\.(morestack|morestack_noctxt|panic\w+|goPanic\w+` +
	`|memmove|memequal|memclrNoHeapPointers|duffzero|duffcopy)` +
	`|golang\.org/x/sys/unix\.RawSyscall6|syscall\.RawSyscall6|internal/runtime/syscall(/linux)?\.Syscall6)$`)

// barrier is what a pointer's write calls while a collection is under way, which
// never is where there is no Go.
var barrier = regexp.MustCompile(`^runtime\.gcWriteBarrier\d*$`)

// What the init can reach allocates nothing, starts nothing, and asks nothing of
// the runtime; held against the machine code of both architectures.
func TestInitNeedsNoRuntime(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			calls := callGraph(t, arch)
			for root, mayWritePointers := range roots {
				if len(calls[root]) == 0 {
					t.Fatalf("%s is not there, or calls nothing", root)
				}
				for callee, caller := range reachable(calls, root) {
					if !strings.HasPrefix(callee, here) && !harmless.MatchString(callee) &&
						!(mayWritePointers && barrier.MatchString(callee)) {
						t.Errorf("%s calls %s, from %s", caller, callee, root)
					}
				}
			}
			if _, initialised := calls[here+"init"]; initialised {
				t.Error("a package variable is initialised at run time: the init would find it zero")
			}
		})
	}
}

// The test itself sees a function that allocates.
func TestReachableSees(t *testing.T) {
	calls := callGraph(t, "amd64")
	if _, ok := reachable(calls, here+"Restart")["fmt.Errorf"]; !ok {
		if _, ok := reachable(calls, here+"Restart")["fmt.errorf"]; !ok {
			t.Error("Restart is not seen to make an error")
		}
	}
}

// reachable is every function that a root leads to, with one that calls it. It does
// not go into functions of others.
func reachable(calls map[string][]string, root string) map[string]string {
	found, todo := map[string]string{}, []string{root}
	for len(todo) > 0 {
		caller := todo[0]
		todo = todo[1:]
		for _, callee := range calls[caller] {
			if _, known := found[callee]; known {
				continue
			}
			found[callee] = caller
			if strings.HasPrefix(callee, here) {
				todo = append(todo, callee)
			}
		}
	}
	return found
}

var (
	function = regexp.MustCompile(`^TEXT (\S+)\(SB\)`)
	called   = regexp.MustCompile(`\t(?:CALL|JMP|B|BL) ([^ \t]*[A-Za-z][^ \t]*)\(SB\)`)
	indirect = regexp.MustCompile(`\t(?:CALL [A-Z][A-Z0-9]*|CALL \(|CALL 0x|BL \(R|CALL \(R)`)
)

// callGraph disassembles this package as slimrun for an architecture has it. A call
// through a register is one to whoever is in it: assembly does so on purpose, Go here
// never.
func callGraph(t *testing.T, arch string) map[string][]string {
	t.Helper()
	text, err := exec.Command("go", "tool", "objdump", "-s", `nsinit/inside\.`, build(t, arch)).Output()
	if err != nil {
		t.Fatal(err)
	}
	calls, caller := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		if m := function.FindStringSubmatch(line); m != nil {
			caller = plain(m[1])
			calls[caller] = append(calls[caller], "")
			continue
		}
		if m := called.FindStringSubmatch(line); m != nil && plain(m[1]) != caller {
			calls[caller] = append(calls[caller], plain(m[1]))
		} else if indirect.MatchString(line) && strings.Contains(line, ".go:") {
			calls[caller] = append(calls[caller], "whatever a register holds")
		}
	}
	for name := range calls {
		calls[name] = slices.DeleteFunc(calls[name], func(s string) bool { return s == "" })
	}
	return calls
}

// build is slimrun, linked for an architecture.
func build(t *testing.T, arch string) (program string) {
	t.Helper()
	dependOnSources(t)
	program = filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-ldflags", "-E "+here+"entry", "-o", program, "github.com/slimrun/slimrun")
	build.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return program
}

// What can be written to is mapped at the entry, all of it, and is every run's memory:
// a package with a large variable (crypto/rand has one of 32 MiB) costs each launch.
func TestLittleData(t *testing.T) {
	program, err := elf.Open(build(t, "amd64"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, segment := range program.Progs {
		if segment.Flags&elf.PF_W != 0 && segment.Memsz > 1<<20 {
			t.Errorf("%d bytes can be written to", segment.Memsz)
		}
	}
}

// dependOnSources has go test's cache know what the program is built from.
func dependOnSources(t *testing.T) {
	t.Helper()
	sources, err := filepath.Glob("*.[gs]*")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources", err)
	}
	for _, source := range sources {
		if _, err := os.ReadFile(source); err != nil {
			t.Fatal(err)
		}
	}
}

// plain drops the mark of a function's other calling convention.
func plain(name string) string { return strings.TrimSuffix(name, ".abi0") }
