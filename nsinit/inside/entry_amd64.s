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
	MOVQ	528(SP), SP
	JMP	_rt0_amd64_linux(SB)

// func entryPC() uintptr
TEXT ·entryPC(SB),NOSPLIT,$0-8
	LEAQ	·entry(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
