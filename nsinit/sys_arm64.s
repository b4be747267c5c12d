#include "textflag.h"

// func sys(trap, a1, a2, a3, a4, a5, a6 uintptr) (r uintptr, errno uintptr)
TEXT ·sys(SB),NOSPLIT,$0-72
	MOVD	trap+0(FP), R8
	MOVD	a1+8(FP), R0
	MOVD	a2+16(FP), R1
	MOVD	a3+24(FP), R2
	MOVD	a4+32(FP), R3
	MOVD	a5+40(FP), R4
	MOVD	a6+48(FP), R5
	SVC
	CMN	$4095, R0
	BCS	failed
	MOVD	R0, r+56(FP)
	MOVD	ZR, errno+64(FP)
	RET
failed:
	NEG	R0, R0
	MOVD	ZR, r+56(FP)
	MOVD	R0, errno+64(FP)
	RET

// func vfork(trap, a1, a2 uintptr) (pid uintptr, errno uintptr)
//
// The return address is in a register by itself, see sys_amd64.s.
TEXT ·vfork(SB),NOSPLIT,$0-40
	MOVD	trap+0(FP), R8
	MOVD	a1+8(FP), R0
	MOVD	a2+16(FP), R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$0, R5
	SVC
	CMN	$4095, R0
	BCS	failed
	MOVD	R0, pid+24(FP)
	MOVD	ZR, errno+32(FP)
	RET
failed:
	NEG	R0, R0
	MOVD	ZR, pid+24(FP)
	MOVD	R0, errno+32(FP)
	RET

// func begin(flags, stack, tls uintptr) (pid uintptr, errno uintptr)
//
// See sys_amd64.s.
TEXT ·begin(SB),NOSPLIT|NOFRAME,$0-40
	MOVD	flags+0(FP), R0
	MOVD	stack+8(FP), R1
	MOVD	$0, R2
	MOVD	tls+16(FP), R3
	MOVD	$0, R4
	MOVD	$0, R5
	MOVD	$220, R8 // SYS_CLONE
	SVC
	CBZ	R0, child
	CMN	$4095, R0
	BCS	failed
	MOVD	R0, pid+24(FP)
	MOVD	ZR, errno+32(FP)
	RET
failed:
	NEG	R0, R0
	MOVD	ZR, pid+24(FP)
	MOVD	R0, errno+32(FP)
	RET
child:
	MOVD	$·live(SB), R2
	BL	(R2)
	BRK
