package launcher

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// explain is Explain for a step that needs a look at the payload's files.
func (r *run) explain(f *nsinit.Failure) error {
	if f.Step == nsinit.StepExec && f.Errno == syscall.ENOENT || f.Errno == syscall.EACCES &&
		(f.Step == nsinit.StepFind || f.Step == nsinit.StepExec) {
		if err := explainInterpreter(f, r.spec); err != nil {
			return verdict.Unusable{Err: err, Status: 126}
		}
	}
	return Explain(f)
}

// explainInterpreter names the program that is to run the payload's file, where
// that is what cannot be executed: the kernel's error is the same as for the file
// itself. nil where it is not, or where mounts hide which file it was.
func explainInterpreter(f *nsinit.Failure, asked spec.Spec) error {
	if len(asked.Files.Mounts) > 0 {
		return nil
	}
	root, dir := asked.Files.Root, asked.InsideDir()
	if root == "" {
		root = "/"
		dir, _ = filepath.Abs(dir)
	}
	file := within(dir, f.Object)
	interpreter, loader := interpreterOf(readHead(root, file))
	if interpreter == "" || executable(root, file) != nil {
		return nil
	}
	if name, ok := strings.CutSuffix(interpreter, "\r"); ok {
		return problem.Errorf(fmt.Sprintf(`its lines end in carriage returns: sed -i 's/\r$//' %s`, f.Object),
			"executing %q: its interpreter is %q, with a carriage return behind the name", f.Object, name+"\r")
	}
	err := executable(root, within(dir, interpreter))
	switch {
	case err == nil:
		return nil
	case loader:
		return problem.Errorf("install the C library that it was built for, such as musl or a 32-bit one",
			"executing %q: its loader %q: %w", f.Object, interpreter, err)
	}
	return problem.Errorf(fmt.Sprintf("install that, or name another one, as in: -- sh %s", f.Object),
		"executing %q: its interpreter %q: %w", f.Object, interpreter, err)
}

// within is a path as the payload sees it, from its working directory.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join("/", dir, path)
}

// openWithin opens a file as if root were "/".
func openWithin(root, path string, flags uint64) (*os.File, error) {
	top, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(top)
	how := unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(top, path, &how)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// executable says why a file cannot be executed; nil where it can.
func executable(root, path string) error {
	file, err := openWithin(root, path, unix.O_PATH)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return syscall.EACCES
	}
	return nil
}

// readHead is the beginning of a regular file, nil of another one.
func readHead(root, path string) []byte {
	file, err := openWithin(root, path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	head := make([]byte, 4096)
	n, _ := file.Read(head)
	return head[:n]
}

// interpreterOf is what a script's first line names, or the loader of a program;
// "" where there is none.
func interpreterOf(head []byte) (name string, loader bool) {
	if line, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		name, _, _ := strings.Cut(strings.Trim(string(line), " \t"), " ")
		name, _, _ = strings.Cut(name, "\t")
		return name, false
	}
	return loaderOf(head), true
}

// loaderOf reads an ELF file's PT_INTERP, where that lies in its beginning.
func loaderOf(head []byte) string {
	const ptInterp = 3
	layout := elf64
	switch {
	case len(head) < 64 || !bytes.HasPrefix(head, []byte("\x7fELF")) || head[5] != 1: // little-endian
		return ""
	case head[4] == 1:
		layout = elf32
	}
	number := func(at uint64, size int) uint64 {
		if at > uint64(len(head)-size) {
			return 0
		}
		var word [8]byte
		copy(word[:], head[at:at+uint64(size)])
		return binary.LittleEndian.Uint64(word[:])
	}
	start := number(layout.table, layout.word)
	for i := range number(layout.count, 2) {
		header := start + i*number(layout.count-2, 2)
		if number(header, 4) != ptInterp {
			continue
		}
		at, size := number(header+layout.offset, layout.word), number(header+layout.size, layout.word)
		if at < uint64(len(head)) && size < uint64(len(head))-at {
			return string(bytes.TrimRight(head[at:at+size], "\x00"))
		}
	}
	return ""
}

// elfLayout is where an ELF file's numbers lie: the program headers' table and
// their count (behind the size of one), and in a header the segment's offset and
// size.
type elfLayout struct {
	table, count, offset, size uint64
	word                       int
}

var (
	elf64 = elfLayout{table: 32, count: 56, offset: 8, size: 32, word: 8}
	elf32 = elfLayout{table: 28, count: 44, offset: 4, size: 16, word: 4}
)
