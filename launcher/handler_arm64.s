#include "textflag.h"

// See handler_amd64.s; the signal is in R0.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	CMPW	$32, R0
	BGE	write
	MOVD	$·pending(SB), R3
	MOVD	$1, R4
	LSLW	R0, R4, R4
again:
	LDAXRW	(R3), R5
	TSTW	R4, R5
	BNE	ignored
	ORRW	R4, R5, R6
	STLXRW	R6, (R3), R7
	CBNZW	R7, again
write:
	SUB	$16, RSP
	MOVB	R0, 8(RSP)
	MOVW	·handlerFD(SB), R0
	ADD	$8, RSP, R1
	MOVD	$1, R2
	MOVD	$64, R8 // SYS_WRITE
	SVC
	ADD	$16, RSP
ignored:
	RET

TEXT fault<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVW	8(R1), R3
	CMPW	$0, R3
	BGT	runtimes
	MOVW	16(R1), R3
	MOVW	·ownPID(SB), R4
	CMPW	R3, R4
	BEQ	runtimes
	B	handler<>(SB)
runtimes:
	CMPW	$13, R0
	BEQ	done
	MOVD	·goHandler(SB), R3
	B	(R3)
done:
	RET

// func handlerPCs() (handler, fault, restorer uintptr)
//
// The kernel brings its own restorer (vDSO).
TEXT ·handlerPCs(SB),NOSPLIT,$0-24
	MOVD	$handler<>(SB), R0
	MOVD	R0, handler+0(FP)
	MOVD	$fault<>(SB), R0
	MOVD	R0, fault+8(FP)
	MOVD	ZR, restorer+16(FP)
	RET
