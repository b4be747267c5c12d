#include "textflag.h"

// entry is where the kernel enters the program (doc.go): argc is at 0(SP). A g of
// zeros and a TLS that points to it are all that Go's functions ask for when they
// are called; they lie on the kernel's stack, and enter runs on that.
//
//	0(SP)   enter's argument: where argc is
//	16(SP)  the g, 512 bytes
//	528(SP) where argc is
//	536(SP) the g's address, -8 of the TLS
//	552(SP) the TLS that there was: a program with libc has one
TEXT ·entry(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	SP, BX
	SUBQ	$576, SP
	ANDQ	$~15, SP
	LEAQ	16(SP), DI
	MOVQ	$0, AX
	MOVQ	$64, CX
	CLD
	REP; STOSQ
	MOVQ	BX, 0(SP)
	MOVQ	BX, 528(SP)
	LEAQ	16(SP), AX
	MOVQ	AX, 536(SP)
	MOVQ	$158, AX // SYS_ARCH_PRCTL
	MOVQ	$0x1003, DI // ARCH_GET_FS
	LEAQ	552(SP), SI
	SYSCALL
	MOVQ	$158, AX // SYS_ARCH_PRCTL
	MOVQ	$0x1002, DI // ARCH_SET_FS
	LEAQ	544(SP), SI
	SYSCALL
	LEAQ	·enter(SB), AX
	CALL	AX
	MOVQ	$158, AX
	MOVQ	$0x1002, DI
	MOVQ	552(SP), SI
	SYSCALL
	LEAQ	keepDefault<>(SB), AX
	MOVQ	AX, _cgo_sigaction(SB)
	MOVQ	528(SP), SP
	JMP	_rt0_amd64_linux(SB)

// keepDefault keeps SIGQUIT and SIGABRT from Go's start, whose handler answers them by
// a trace of the runtime and status 2: until somebody listens they end slimrun as they
// end any program. The runtime lets a C library set its handlers, and calls this as if
// it were one's sigaction(2): the signal in DI, the new action in SI. It sets what
// EINVAL is said of by itself, in the order of their numbers; with SIGABRT's this is over.
TEXT keepDefault<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVL	$22, AX // EINVAL
	TESTQ	SI, SI
	JEQ	done
	CMPL	DI, $3 // SIGQUIT
	JEQ	keep
	CMPL	DI, $6 // SIGABRT
	JNE	done
	MOVQ	$0, _cgo_sigaction(SB)
keep:
	MOVL	$0, AX
done:
	RET

// func entryPC() uintptr
TEXT ·entryPC(SB),NOSPLIT,$0-8
	LEAQ	·entry(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
