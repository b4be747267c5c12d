#include "textflag.h"

// See handler_amd64.s; the signal is in R0, its siginfo_t in R1.
TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	·shared(SB), R3
	LSR	R0, R3, R3
	TBZ	$0, R3, ours
	MOVW	8(R1), R3
	CMPW	$0, R3
	BGT	runtimes // by the kernel
	MOVW	16(R1), R3
	MOVW	·own(SB), R4
	CMPW	R3, R4
	BEQ	runtimes
ours:
	MOVW	16(R1), R4
	MOVD	$·senders(SB), R3
	ADD	R0<<2, R3, R3
	MOVW	R4, (R3)
	MOVD	$·counts(SB), R3
	ADD	R0<<2, R3, R3
again:
	LDAXRW	(R3), R5
	ADDW	$1, R5, R5
	STLXRW	R5, (R3), R7
	CBNZW	R7, again
	MOVW	·wake(SB), R0
	MOVD	$·one(SB), R1
	MOVD	$8, R2
	MOVD	$64, R8 // SYS_WRITE
	SVC
	RET
runtimes:
	CMPW	$13, R0 // of a broken pipe the failed write tells
	BEQ	done
	MOVD	·runtimes(SB), R3
	B	(R3)
done:
	RET

// func pcs() (handler, restorer uintptr)
//
// The kernel brings its own restorer (vDSO).
TEXT ·pcs(SB),NOSPLIT,$0-16
	MOVD	$handler<>(SB), R0
	MOVD	R0, handler+0(FP)
	MOVD	ZR, restorer+8(FP)
	RET
