#include "textflag.h"

// func sys(trap, a1, a2, a3, a4, a5, a6 uintptr) (r uintptr, errno uintptr)
TEXT ·sys(SB),NOSPLIT|NOFRAME,$0-72
	MOVQ	trap+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	a3+24(FP), DX
	MOVQ	a4+32(FP), R10
	MOVQ	a5+40(FP), R8
	MOVQ	a6+48(FP), R9
	SYSCALL
	CMPQ	AX, $0xfffffffffffff001
	JCC	failed
	MOVQ	AX, r+56(FP)
	MOVQ	$0, errno+64(FP)
	RET
failed:
	NEGQ	AX
	MOVQ	$0, r+56(FP)
	MOVQ	AX, errno+64(FP)
	RET

// func vfork(trap, a1, a2 uintptr) (pid uintptr, errno uintptr)
//
// The child runs on its parent's stack. The return address is kept in a
// register over the call, so that what the child writes there does not lead
// the parent astray (as package syscall's rawVforkSyscall does).
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

// func begin(flags, stack, tls uintptr) (pid uintptr, errno uintptr)
//
// The child begins its life (live) on a stack of its own, at the end of which
// its process stands, with a TLS of its own: Go reads its g from there, and
// never uses it. The call is an indirect one, at which the linker's account of
// stacks starts anew: so does the stack.
TEXT ·begin(SB),NOSPLIT|NOFRAME,$0-40
	MOVQ	flags+0(FP), DI
	MOVQ	stack+8(FP), SI
	MOVQ	$0, DX
	MOVQ	$0, R10
	MOVQ	tls+16(FP), R8
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
	LEAQ	·live(SB), AX
	CALL	AX
	INT	$3
