#include "textflag.h"

// handler is called by the kernel, on the runtime's signal stack, as a C
// function with the signal in DI: it writes that as a byte, unless that signal
// is pending there, and touches nothing of Go's.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	CMPL	DI, $32
	JGE	write
	LOCK
	BTSL	DI, ·pending(SB)
	JCS	ignored
write:
	SUBQ	$24, SP
	MOVB	DI, 8(SP)
	MOVQ	$1, AX // SYS_WRITE
	MOVL	·handlerFD(SB), DI
	LEAQ	8(SP), SI
	MOVQ	$1, DX
	SYSCALL
	ADDQ	$24, SP
ignored:
	RET

// fault leaves to the runtime what the kernel raised (si_code, at 8(SI), is
// above 0) and what this process sent (si_pid, at 16(SI)); but for SIGPIPE, of
// which the failed write tells.
TEXT fault<>(SB),NOSPLIT|NOFRAME,$0-0
	CMPL	8(SI), $0
	JGT	runtimes
	MOVL	16(SI), AX
	CMPL	AX, ·ownPID(SB)
	JEQ	runtimes
	JMP	handler<>(SB)
runtimes:
	CMPL	DI, $13
	JEQ	done
	MOVQ	·goHandler(SB), AX
	JMP	AX
done:
	RET

TEXT restorer<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	$15, AX // SYS_RT_SIGRETURN
	SYSCALL

// func handlerPCs() (handler, fault, restorer uintptr)
TEXT ·handlerPCs(SB),NOSPLIT,$0-24
	LEAQ	handler<>(SB), AX
	MOVQ	AX, handler+0(FP)
	LEAQ	fault<>(SB), AX
	MOVQ	AX, fault+8(FP)
	LEAQ	restorer<>(SB), AX
	MOVQ	AX, restorer+16(FP)
	RET
