#include "textflag.h"

// See entry_amd64.s. g is a register here.
//
//	8(RSP)   enter's argument: where argc is
//	16(RSP)  the g, 512 bytes
//	528(RSP) where argc is
TEXT ·entry(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	RSP, R3
	SUB	$544, RSP
	ADD	$16, RSP, R1
	MOVD	$64, R2
zero:
	MOVD	ZR, (R1)
	ADD	$8, R1
	SUBS	$1, R2
	BNE	zero
	ADD	$16, RSP, g
	MOVD	R3, 8(RSP)
	MOVD	R3, 528(RSP)
	MOVD	$·enter(SB), R2
	BL	(R2)
	MOVD	$keepDefault<>(SB), R2
	MOVD	R2, _cgo_sigaction(SB)
	MOVD	528(RSP), R3
	MOVD	R3, RSP
	JMP	_rt0_arm64_linux(SB)

// See entry_amd64.s: the signal is in R0, the new action in R1.
TEXT keepDefault<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	R0, R4
	MOVD	$22, R0 // EINVAL
	CBZ	R1, done
	CMP	$3, R4 // SIGQUIT
	BEQ	keep
	CMP	$6, R4 // SIGABRT
	BNE	done
	MOVD	ZR, _cgo_sigaction(SB)
keep:
	MOVD	$0, R0
done:
	RET

// func entryPC() uintptr
TEXT ·entryPC(SB),NOSPLIT,$0-8
	MOVD	$·entry(SB), R0
	MOVD	R0, ret+0(FP)
	RET
