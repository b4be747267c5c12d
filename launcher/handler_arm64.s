#include "textflag.h"

// See handler_amd64.s; the signal is in R0.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	SUB	$16, RSP
	MOVB	R0, 8(RSP)
	MOVW	·handlerFD(SB), R0
	ADD	$8, RSP, R1
	MOVD	$1, R2
	MOVD	$64, R8 // SYS_WRITE
	SVC
	ADD	$16, RSP
	RET

// func handlerPCs() (handler, restorer uintptr)
//
// The kernel brings its own restorer (vDSO).
TEXT ·handlerPCs(SB),NOSPLIT,$0-16
	MOVD	$handler<>(SB), R0
	MOVD	R0, handler+0(FP)
	MOVD	ZR, restorer+8(FP)
	RET
