#include "textflag.h"

// handler is called by the kernel, on the runtime's signal stack, as a C
// function with the signal in DI: it writes that as a byte, and touches
// nothing of Go's.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	SUBQ	$24, SP
	MOVB	DI, 8(SP)
	MOVQ	$1, AX // SYS_WRITE
	MOVL	·handlerFD(SB), DI
	LEAQ	8(SP), SI
	MOVQ	$1, DX
	SYSCALL
	ADDQ	$24, SP
	RET

TEXT restorer<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	$15, AX // SYS_RT_SIGRETURN
	SYSCALL

// func handlerPCs() (handler, restorer uintptr)
TEXT ·handlerPCs(SB),NOSPLIT,$0-16
	LEAQ	handler<>(SB), AX
	MOVQ	AX, handler+0(FP)
	LEAQ	restorer<>(SB), AX
	MOVQ	AX, restorer+8(FP)
	RET
