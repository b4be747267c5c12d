package inside

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// entry is where the kernel begins this program (entry_*.s): it calls enter.
func entry()

// entryPC is where entry is.
func entryPC() uintptr

// Name is the argv[0] of this program where it is the init.
const Name = "slimrun-init"

const refusal = "slimrun: slimrun must not be installed set-uid, set-gid or with file capabilities: " +
	"it does as its caller may, and no more\n" +
	"slimrun: hint: as root: chmod u-s,g-s FILE; setcap -r FILE\n"

var _, _ = enter, entry // entry_*.s calls the one, the linker's -E the other

// enter is the program's first function; it does not return where this is the init, and
// where it does, Go starts. The kernel's stack holds argc, argv, a 0, the environment, a 0 and the auxiliary
// vector (proc(5), /proc/pid/auxv). What gives more rights than the caller has is
// refused before anything else is looked at.
func enter(stack uintptr) {
	argc := *at[uintptr](stack)
	v := readVector(stack + (1+argc+1)*unsafe.Sizeof(argc))
	if v.secure {
		refuse(refusal)
	}
	if argc == 2 && isInit(*at[*byte](stack + 8)) {
		live(number(*at[*byte](stack + 16)))
	}
	// Executed as /proc/self/exe or /proc/self/fd/N it would be called "exe", or "3".
	prctl(unix.PR_SET_NAME, constant("slimrun\x00"), 0, 0)
	caller.note()
	reserve()
	v.populate()
}

func isInit(name *byte) bool {
	for i := range len(Name) + 1 {
		letter := byte(0)
		if i < len(Name) {
			letter = Name[i]
		}
		if *(*byte)(unsafe.Add(unsafe.Pointer(name), i)) != letter {
			return false
		}
	}
	return true
}

func number(text *byte) (n uintptr) {
	for *text >= '0' && *text <= '9' {
		n = n*10 + uintptr(*text-'0')
		text = (*byte)(unsafe.Add(unsafe.Pointer(text), 1))
	}
	return n
}

// vector is what matters here of the auxiliary vector (elf(5), <linux/auxvec.h>).
type vector struct {
	secure          bool
	headers, number uintptr // the program's own headers, where they are mapped
}

// readVector goes over the environment to what the kernel has put behind it. Where that does not
// say otherwise the program has more rights than its caller.
func readVector(environment uintptr) (v vector) {
	const (
		null, phdr, phnum, secure = 0, 3, 5, 23
		word                      = unsafe.Sizeof(environment)
	)
	place := environment
	for *at[uintptr](place) != 0 {
		place += word
	}
	v.secure = true // without a word of it
	for place += word; *at[uintptr](place) != null; place += 2 * word {
		value := *at[uintptr](place + word)
		switch *at[uintptr](place) {
		case phdr:
			v.headers = value
		case phnum:
			v.number = value
		case secure:
			v.secure = value != 0
		}
	}
	return v
}

// header is what matters here of an Elf64_Phdr (elf(5)); package debug/elf would
// bring compression along.
type header struct {
	kind, flags uint32
	_, address  uintptr
	_, _, size  uintptr
	_           uintptr
}

// populate has the data that Go's start will write to mapped in one call instead of
// some hundred faults (MADV_POPULATE_WRITE, Linux 5.14). That it succeeds is not
// needed. The program is linked to fixed addresses; one that is not is left alone.
// (Text and constants likewise: a MiB more of a waiting run's memory; see
// docs/performance.md. Large variables are linked last, and are not for the start: with
// crypto/sha256 comes one of 32 MiB, crypto/internal/fips140/drbg.memory.)
func (v *vector) populate() {
	const load, self, writable = 1, 6, 2 // PT_LOAD, PT_PHDR, PF_W
	const most = 1 << 20
	for i := range v.number {
		h := at[header](v.headers + i*unsafe.Sizeof(header{}))
		switch {
		case h.kind == self && h.address != v.headers:
			return
		case h.kind == load && h.flags&writable != 0:
			advise(h.address, min(h.size, most), unix.MADV_POPULATE_WRITE)
		}
	}
}

// advise rounds outwards to pages of 4K; where they are larger the kernel says
// EINVAL to what is not aligned to them, and nothing is lost.
func advise(address, size, advice uintptr) {
	const page = 4096
	first := address &^ (page - 1)
	last := (address + size + page - 1) &^ (page - 1)
	sys(unix.SYS_MADVISE, first, last-first, advice, 0, 0, 0)
}
