#include "textflag.h"

// func vfork(trap, a1, a2 uintptr) (pid, errno uintptr)
//
// The child runs on its parent's stack. The return address is kept in a register
// over the call, so that what the child writes there does not lead the parent
// astray (as package syscall's rawVforkSyscall does).
TEXT ·vfork(SB),NOSPLIT|NOFRAME,$0-40
	MOVQ	trap+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	$0, DX
	MOVQ	$0, R10
	MOVQ	$0, R8
	MOVQ	$0, R9
	POPQ	R12
	SYSCALL
	PUSHQ	R12
	CMPQ	AX, $0xfffffffffffff001
	JCC	failed
	MOVQ	AX, pid+24(FP)
	MOVQ	$0, errno+32(FP)
	RET
failed:
	NEGQ	AX
	MOVQ	$0, pid+24(FP)
	MOVQ	AX, errno+32(FP)
	RET

// func clone(flags, stack, tls uintptr) (pid, errno uintptr)
//
// The child begins in boarding, on a stack of its own, with an empty g, to which
// the word at tls points, which is -8 of its TLS. The call is an indirect one: the
// linker's account of stacks without checks starts anew, and so does the stack.
TEXT ·clone(SB),NOSPLIT|NOFRAME,$0-40
	MOVQ	flags+0(FP), DI
	MOVQ	stack+8(FP), SI
	MOVQ	$0, DX
	MOVQ	$0, R10
	MOVQ	tls+16(FP), R8
	ADDQ	$8, R8
	MOVQ	$0, R9
	MOVQ	$56, AX // SYS_CLONE
	SYSCALL
	CMPQ	AX, $0
	JEQ	child
	CMPQ	AX, $0xfffffffffffff001
	JCC	failed
	MOVQ	AX, pid+24(FP)
	MOVQ	$0, errno+32(FP)
	RET
failed:
	NEGQ	AX
	MOVQ	$0, pid+24(FP)
	MOVQ	AX, errno+32(FP)
	RET
child:
	LEAQ	·boarding(SB), AX
	CALL	AX
	INT	$3
