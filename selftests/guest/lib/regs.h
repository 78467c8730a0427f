/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The registers of an interrupted context, as the stubs of start.S push
 * them, and the numbers of the entries that are no hardware vector.
 */
#ifndef GUEST_REGS_H
#define GUEST_REGS_H

#define VEC_EVENT		0x100
#define VEC_SYSCALL		0x101
#define VEC_SYSCALL32		0x102
#define VEC_SYSENTER		0x103
#define VEC_NMI_CALLBACK	0x104
#define VEC_FAILSAFE		0x105

#ifndef __ASSEMBLY__
#include <linux/types.h>

struct regs {
	u64 r15, r14, r13, r12, rbp, rbx;
	u64 r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 vector, error;
	u64 rip;
	u16 cs, cs_pad;
	u8 saved_mask, mask_pad[3];
	u64 rflags, rsp;
	u64 ss;
};
#endif

#endif
