#include "textflag.h"

// handler is called by the kernel, on the runtime's signal stack, as a C function
// with the signal in DI and its siginfo_t in SI: si_code is at 8, si_pid at 16.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	·shared(SB), AX
	BTQ	DI, AX
	JCC	ours
	CMPL	8(SI), $0
	JGT	runtimes // by the kernel
	MOVL	16(SI), AX
	CMPL	AX, ·own(SB)
	JEQ	runtimes
ours:
	LEAQ	·senders(SB), CX
	MOVL	16(SI), AX
	MOVL	AX, (CX)(DI*4)
	LEAQ	·counts(SB), CX
	LOCK
	INCL	(CX)(DI*4)
	MOVQ	$1, AX // SYS_WRITE
	MOVL	·wake(SB), DI
	LEAQ	·one(SB), SI
	MOVQ	$8, DX
	SYSCALL
	RET
runtimes:
	CMPL	DI, $13 // of a broken pipe the failed write tells
	JEQ	done
	MOVQ	·runtimes(SB), AX
	JMP	AX
done:
	RET

TEXT restorer<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	$15, AX // SYS_RT_SIGRETURN
	SYSCALL

// func pcs() (handler, restorer uintptr)
TEXT ·pcs(SB),NOSPLIT,$0-16
	LEAQ	handler<>(SB), AX
	MOVQ	AX, handler+0(FP)
	LEAQ	restorer<>(SB), AX
	MOVQ	AX, restorer+8(FP)
	RET
