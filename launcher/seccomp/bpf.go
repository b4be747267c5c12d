package seccomp

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// The filter runs from its top for every system call: the first rule that
// fits decides. Its input is struct seccomp_data: the number, the
// architecture, the instruction pointer, and six arguments of 64 bits.
const (
	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16
)

// Where a jump goes, before offsets are known: on, to the end of its
// comparison (it holds), or to the end of its rule (it does not).
const (
	next = iota
	holds
	fails
)

// jump is a comparison with symbolic targets, or another instruction.
type jump struct {
	code   uint16
	k      uint32
	jt, jf int
}

func load(offset uint32) jump { return jump{code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, k: offset} }

func and(mask uint32) jump { return jump{code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, k: mask} }

func compare(op uint16, k uint32, jt, jf int) jump {
	return jump{unix.BPF_JMP | unix.BPF_K | op, k, jt, jf}
}

func answer(action uint32) jump { return jump{code: unix.BPF_RET | unix.BPF_K, k: action} }

// condition is one on an argument. The second value is of masked ones: what
// is left under the mask that is the first.
type condition struct {
	Index    uint   `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo"`
	Op       string `json:"op"`
}

// comparisons by libseccomp's names, on the two halves of an argument.
var comparisons = map[string]func(c condition, hi, lo jump) []jump{
	"SCMP_CMP_EQ":        func(c condition, hi, lo jump) []jump { return masked(hi, lo, ^uint64(0), c.Value, next, fails) },
	"SCMP_CMP_NE":        func(c condition, hi, lo jump) []jump { return masked(hi, lo, ^uint64(0), c.Value, fails, holds) },
	"SCMP_CMP_MASKED_EQ": func(c condition, hi, lo jump) []jump { return masked(hi, lo, c.Value, c.ValueTwo, next, fails) },
	"masked not equal":   func(c condition, hi, lo jump) []jump { return masked(hi, lo, c.Value, c.ValueTwo, fails, holds) },
	"SCMP_CMP_GT":        func(c condition, hi, lo jump) []jump { return ordered(hi, lo, c.Value, unix.BPF_JGT, holds, fails) },
	"SCMP_CMP_GE":        func(c condition, hi, lo jump) []jump { return ordered(hi, lo, c.Value, unix.BPF_JGE, holds, fails) },
	"SCMP_CMP_LE":        func(c condition, hi, lo jump) []jump { return ordered(hi, lo, c.Value, unix.BPF_JGT, fails, holds) },
	"SCMP_CMP_LT":        func(c condition, hi, lo jump) []jump { return ordered(hi, lo, c.Value, unix.BPF_JGE, fails, holds) },
}

// masked compares under a mask: on equal the last half goes to equal, and any
// half that differs to differs.
func masked(hi, lo jump, mask, value uint64, equal, differs int) []jump {
	return []jump{
		hi, and(uint32(mask >> 32)), compare(unix.BPF_JEQ, uint32(value>>32), next, differs),
		lo, and(uint32(mask)), compare(unix.BPF_JEQ, uint32(value), equal, differs),
	}
}

// ordered compares by size; op is for the low half, where the high ones are
// equal.
func ordered(hi, lo jump, value uint64, op uint16, above, below int) []jump {
	return []jump{
		hi, compare(unix.BPF_JGT, uint32(value>>32), above, next), compare(unix.BPF_JEQ, uint32(value>>32), next, below),
		lo, compare(op, uint32(value), above, below),
	}
}

// program is a filter in the making.
type program struct{ code []jump }

// newProgram begins with the architecture: the numbers of another mean other
// calls, so a program that uses them is killed; and with x32, which has the
// same architecture and numbers from 2^30.
func newProgram() *program {
	p := &program{}
	p.code = []jump{
		load(dataArch), compare(unix.BPF_JEQ, auditArch, 1, 0), answer(unix.SECCOMP_RET_KILL_PROCESS),
		load(dataNumber), compare(unix.BPF_JGE, 1<<30, 0, 1), answer(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)),
	}
	return p
}

// rule adds what happens to a system call whose arguments fit.
func (p *program) rule(number uint32, conditions []condition, action uint32) {
	var body []jump
	for _, c := range conditions {
		offset := dataArgs + 8*uint32(c.Index)
		steps := comparisons[c.Op](c, load(offset+4), load(offset))
		body = append(body, aimed(steps, holds, len(steps))...)
	}
	body = aimed(append(body, answer(action)), fails, len(body)+1)
	p.code = append(p.code, load(dataNumber), compare(unix.BPF_JEQ, number, 0, len(body)))
	p.code = append(p.code, body...)
}

// aimed replaces a symbolic target by its distance; distances already known
// are kept negative until all are.
func aimed(steps []jump, target, end int) []jump {
	for i := range steps {
		for _, to := range []*int{&steps[i].jt, &steps[i].jf} {
			if *to == target {
				*to = -(end - i - 1)
			}
		}
	}
	return steps
}

// encode makes struct sock_filter of it, little endian as both of the
// architectures are.
func (p *program) encode() []byte {
	var out []byte
	for _, j := range p.code {
		out = binary.LittleEndian.AppendUint16(out, j.code)
		out = append(out, distance(j.jt), distance(j.jf))
		out = binary.LittleEndian.AppendUint32(out, j.k)
	}
	return out
}

func distance(n int) byte {
	if n < 0 {
		n = -n
	}
	return byte(n)
}
