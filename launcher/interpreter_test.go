package launcher

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// elf is a program that asks for a loader.
func elf(class byte, layout elfLayout, loader string) []byte {
	head := make([]byte, 256)
	copy(head, "\x7fELF")
	head[4], head[5] = class, 1
	put := func(at uint64, n int) { binary.LittleEndian.PutUint32(head[at:], uint32(n)) }
	put(layout.table, 64)
	binary.LittleEndian.PutUint16(head[layout.count-2:], 56)
	binary.LittleEndian.PutUint16(head[layout.count:], 2)
	put(64, 6)
	put(64+56, 3)
	put(64+56+layout.offset, 200)
	put(64+56+layout.size, len(loader)+1)
	copy(head[200:], loader)
	return head
}

func TestInterpreterOf(t *testing.T) {
	for head, want := range map[string]string{
		"#!/bin/sh\nexit": "/bin/sh", "#! /bin/sh -e\n": "/bin/sh", "#!/bin/sh\t-e\n": "/bin/sh", "#!/bin/sh\r\n": "/bin/sh\r",
		"#!/bin/sh \r\n": "/bin/sh", "#!": "", "#!\n": "", "exit": "", "": "", "\x7fELF": "",
		string(elf(2, elf64, "/lib/a")):                            "/lib/a",
		string(elf(1, elf32, "/lib/b")):                            "/lib/b",
		string(elf(2, elf64, "/lib/a")[:150]):                      "",
		"\x7fELF\x02\x01" + strings.Repeat("\xff", 100):            "",
		"\x7fELF\x01\x01" + strings.Repeat("\xff\x00\x00\x7f", 50): "",
	} {
		if got, _ := interpreterOf([]byte(head)); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// The look goes by the payload's root and directory, and waits for no pipe.
func TestExplainInterpreter(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"dir/missing": "#!/no/such\n", "dir/cr": "#!/dir/sh\r\n", "dir/fine": "#!/dir/sh\n", "dir/sh": "", "dir/closed": "#!plain\n", "dir/plain": "",
		"dir/program": string(elf(2, elf64, "/lib/ld")),
	} {
		os.MkdirAll(filepath.Join(root, "dir"), 0o755)
		mode := os.FileMode(0o755)
		if strings.HasSuffix(name, "plain") {
			mode = 0o644
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "dir/pipe"), 0o755); err != nil {
		t.Fatal(err)
	}
	var inRoot spec.Spec
	inRoot.Files.Root, inRoot.Workdir = root, "/dir"
	for object, want := range map[string]string{
		"./missing": `interpreter "/no/such"`, "/dir/missing": `interpreter "/no/such"`, "cr": "carriage return", "fine": "",
		"closed": `interpreter "plain": permission denied`, "program": `loader "/lib/ld"`, "pipe": "", "none": "", "../../../../etc/passwd": "",
	} {
		f := &nsinit.Failure{Step: nsinit.StepExec, Object: object, Errno: syscall.ENOENT}
		err := explainInterpreter(f, inRoot)
		if want == "" && err != nil ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want) || problem.Remedy(err) == "") {
			t.Errorf("%s: %v, want %q", object, err, want)
		}
	}
	inRoot.Files.Mounts = []nsinit.Mount{{Target: "/dir"}}
	missing := &nsinit.Failure{Step: nsinit.StepExec, Object: "missing", Errno: syscall.ENOENT}
	if err := explainInterpreter(missing, inRoot); err != nil {
		t.Errorf("what a mount may hide is explained: %v", err)
	}
}
