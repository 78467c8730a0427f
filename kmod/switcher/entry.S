/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The switcher's entries and exits
 *
 * This code runs in the hole, in its pCPU's window, with IRQs off.  It is
 * linked by itself at address 0 (hole.lds) and finds everything by distance
 * from its own text: P(x) is in struct pcpu_page, V(x) in struct vcpu_page of
 * the vCPU that runs.  It never touches a guest virtual address.
 *
 * Under our IDT the GDT in force always has SEL_HOLE_CS; under the host's IDT
 * it always has the host's own selectors.  WIN_HOST_GDT has both and stands in
 * between, so an NMI or #MC finds a code segment at every instruction.
 *
 *	in:	lgdt WIN_HOST_GDT, lidt ours, CS/SS ours, lgdt WIN_GUEST_GDT,
 *		ltr, lldt, CR4, CR3, hole_resume(), iretq
 *	out:	CR3, CR4, hole_leave() (GS base), lgdt WIN_HOST_GDT, ltr, lldt,
 *		CS/SS the host's, lidt the host's, lgdt the host's
 */
#include <linux/const.h>
#include "layout.h"
#include "hole-offsets.h"

#define P(m)	.Lbase + WIN_PCPU + P_##m(%rip)
#define V(m)	.Lbase + WIN_VCPU + V_##m(%rip)
#define R(m)	.Lbase + WIN_VCPU + R_##m(%rip)

#define HOST_CS	0x10
#define HOST_DS	0x18
#define TSS_BUSY_BYTE(gdt, selector)	.Lbase + gdt + selector + 5(%rip)

.macro PUSH_GPRS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

	.section .head.text, "ax", @progbits
	.balign	4096
.Lbase:
/* For mmu.c: in each window, as far from its text as the vCPU's page. */
	.globl	domain_page
	.hidden	domain_page
	.set	domain_page, .Lbase + WIN_DOMAIN
/* Where the host half finds the doors: struct hole_header in hole.h. */
	.globl	hole_header
hole_header:
	.long	enter - .Lbase
	.long	syscall_entry - .Lbase
	.long	syscall32_entry - .Lbase
	.long	sysenter_entry - .Lbase
	.long	nmi_entry - .Lbase
	.long	mc_entry - .Lbase
	.long	db_entry - .Lbase
	.long	df_entry - .Lbase
	.long	stubs - .Lbase

/* Bridge CR3, host IDT, host stack; nothing of the caller's registers is kept. */
	.balign	16
enter:
	endbr64
	sidt	P(host_idt)
	sgdt	P(host_gdt)
	str	P(host_tr)
	sldt	P(host_ldt)
	lgdt	P(host_gdt_copy)
	lidt	P(idt)
	/* From here an NMI is recorded by nmi_entry and sent again by the host half. */
	leaq	.Lbase + WIN_STACK_TOP(%rip), %rsp
	pushq	$SEL_HOLE_CS
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	movl	$SEL_HOLE_DS, %eax
	movl	%eax, %ss
	lgdt	P(guest_gdt)
	andb	$0xfd, TSS_BUSY_BYTE(WIN_GUEST_GDT, SEL_HOLE_TSS)
	movl	$SEL_HOLE_TSS, %eax
	ltr	%ax
	movq	P(ldt_selector), %rax
	lldt	%ax
	movq	V(cr4), %rax
	movq	%rax, %cr4
	/* Loads CR3: this stack and this text are in every L4. */
	leaq	.Lbase + WIN_VCPU(%rip), %rdi
	leaq	.Lbase + WIN_PCPU(%rip), %rsi
	call	hole_begin
	cmpq	$0, P(load_segments)
	je	.Lsegments_done
	movq	$0, P(load_segments)
	/* One that has become invalid while the vCPU was away loads as null. */
	movzwl	V(ds), %eax
.Lload_ds:
	movl	%eax, %ds
	movzwl	V(es), %eax
.Lload_es:
	movl	%eax, %es
	movzwl	V(fs), %eax
.Lload_fs:
	movl	%eax, %fs
	movzwl	V(gs), %eax
.Lload_gs:
	movl	%eax, %gs
.Lsegments_done:
	leaq	.Lbase + WIN_VCPU(%rip), %rdi
	leaq	.Lbase + WIN_PCPU(%rip), %rsi
	call	hole_resume
	testl	%eax, %eax
	jnz	exit
	cmpq	$0, P(verw)
	je	resume
	/* After the last use of host data, before the guest (MDS, TAA, MMIO stale data). */
	movq	$SEL_HOLE_DS, P(scratch)
	verw	P(scratch)

/*
 * Into the guest from the frame in its vcpu_page.  An NMI between .Lcheck and
 * .Liret makes us turn round (nmi_entry): the frame in memory is still whole.
 */
resume:
	leaq	R(r15), %rsp
.Lcheck:
	cmpq	$0, P(nmi_pending)
	jne	.Lturn_round
	cmpq	$0, P(mc_pending)
	jne	.Lturn_round
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$16, %rsp
.Liret:
	iretq
.Lturn_round:
	movq	$EXIT_NMI_PENDING, R(vector)
	jmp	exit

/* SYSCALL: guest RSP, everything else in registers; RIP is in RCX, RFLAGS in R11. */
.macro SYSCALL_ENTRY selector, vector
	endbr64
	movq	%rsp, R(rsp)
	movq	$SEL_GUEST_DS, R(ss)
	leaq	R(rsp), %rsp
	pushq	%r11
	pushq	$\selector
	pushq	%rcx
	pushq	$0
	pushq	$\vector
	jmp	save_df_clear			/* SYSCALL_MASK has DF */
.endm

	.balign	16
syscall_entry:
	SYSCALL_ENTRY SEL_GUEST_CS64, EXIT_HYPERCALL

	.balign	16
syscall32_entry:
	SYSCALL_ENTRY SEL_GUEST_CS32, EXIT_SYSCALL32

/*
 * SYSENTER: the CPU has loaded CS, SS and RSP (as TSS.RSP0) and saved nothing; it
 * has cleared IF alone.  TF stays set until the popfq below: each instruction up to
 * there takes a #DB, which db_entry counts.  The guest's RIP and RSP are unknown,
 * CS reads as a null selector of ring 3, as on Xen.
 */
	.balign	16
sysenter_entry:
	endbr64
	pushq	$SEL_GUEST_DS
	pushq	$0
	pushfq
	pushq	$3
	pushq	$0
	pushq	$0
	pushq	$EXIT_SYSENTER
	pushq	$2				/* where save puts RDI */
	popfq
	jmp	save

/* A vector's stub has pushed error and vector; CS tells where it hit. */
common:
	testb	$3, 24(%rsp)
	jz	from_switcher
/* RSP in the frame of vcpu_page (TSS.RSP0 points to its end), below: vector. */
save:
	cld
save_df_clear:
	PUSH_GPRS
	leaq	.Lbase + WIN_STACK_TOP(%rip), %rsp
	leaq	.Lbase + WIN_VCPU(%rip), %rdi
	leaq	.Lbase + WIN_PCPU(%rip), %rsi
	call	hole_trap
	testl	%eax, %eax
	jz	resume

/* Guest CR3, RSP anywhere; regs.vector says why.  Mirror image of enter. */
exit:
	leaq	.Lbase + WIN_STACK_TOP(%rip), %rsp
	movq	P(bridge_cr3), %rax
	movq	%rax, %cr3
	movq	P(host_cr4), %rax
	movq	%rax, %cr4
	leaq	.Lbase + WIN_VCPU(%rip), %rdi
	leaq	.Lbase + WIN_PCPU(%rip), %rsi
	call	hole_leave
	lgdt	P(host_gdt_copy)
	movzwl	P(host_tr), %eax
	leaq	.Lbase + WIN_HOST_GDT(%rip), %rcx
	andb	$0xfd, 5(%rcx, %rax)
	ltr	%ax
	lldt	P(host_ldt)
	pushq	$HOST_CS
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	movl	$HOST_DS, %eax
	movl	%eax, %ss
	lidt	P(host_idt)
	lgdt	P(host_gdt)
	movq	P(host_cr3), %rdx
	movq	P(host_rsp), %rsp
	movq	P(host_return), %rcx
	/* jmp *%rcx, but not where a guest may have trained the predictor to go. */
	call	2f
1:	pause
	lfence
	jmp	1b
2:	movq	%rcx, (%rsp)
	ret

/*
 * An exception at CPL 0.  Three are foreseen: a selector or the guest's frame
 * that the CPU refuses.  Anything else is a bug of ours: leave and say so.
 */
from_switcher:
	pushq	%rax
	pushq	%rcx
	movq	32(%rsp), %rax
	leaq	.Liret(%rip), %rcx
	cmpq	%rcx, %rax
	je	iret_fault
	leaq	.Lload_ds(%rip), %rcx
	cmpq	%rcx, %rax
	je	selector_fault
	leaq	.Lload_es(%rip), %rcx
	cmpq	%rcx, %rax
	je	selector_fault
	leaq	.Lload_fs(%rip), %rcx
	cmpq	%rcx, %rax
	je	selector_fault
	leaq	.Lload_gs(%rip), %rcx
	cmpq	%rcx, %rax
	je	selector_fault
bug:
	movq	32(%rsp), %rax
	movq	%rax, P(bug_rip)
	movq	16(%rsp), %rax
	movq	%rax, P(bug_vector)
	movq	24(%rsp), %rax
	movq	%rax, P(bug_error)
	movq	$EXIT_BUG, R(vector)
	jmp	exit

selector_fault:				/* try again with a null selector */
	popq	%rcx
	popq	%rax
	xorl	%eax, %eax
	movq	$1, P(selector_failed)
	addq	$16, %rsp
	iretq

/*
 * iretq faulted: the guest's registers are live again but for RAX and RCX on
 * the stack, and the CPU's frame has overwritten the dead part of ours (vector
 * and below).  Save again, under another vector.
 */
iret_fault:
	popq	%rcx
	movq	8(%rsp), %rax			/* vector of the fault */
	movq	%rax, P(bug_vector)
	movq	16(%rsp), %rax
	movq	%rax, P(bug_error)
	popq	%rax
	leaq	R(rip), %rsp
	pushq	$0
	pushq	$EXIT_IRET_FAULT
	jmp	save

/* IST stacks.  From the guest: move the frame and leave; else make a note. */
.macro IST_FROM_GUEST vector
	movq	%rax, P(scratch)
	popq	%rax
	movq	%rax, R(rip)
	popq	%rax
	movq	%rax, R(cs)
	popq	%rax
	movq	%rax, R(rflags)
	popq	%rax
	movq	%rax, R(rsp)
	popq	%rax
	movq	%rax, R(ss)
	movq	P(scratch), %rax
	leaq	R(rip), %rsp
	pushq	$0
	pushq	$\vector
	jmp	save
.endm

.macro IST_PENDING flag
	movq	$1, .Lbase + WIN_PCPU + \flag(%rip)
	pushq	%rax
	pushq	%rcx
	movq	16(%rsp), %rax
	leaq	.Lcheck(%rip), %rcx
	cmpq	%rcx, %rax
	jb	1f
	leaq	.Liret(%rip), %rcx
	cmpq	%rcx, %rax
	ja	1f
	leaq	.Lturn_round(%rip), %rcx
	movq	%rcx, 16(%rsp)
1:	popq	%rcx
	popq	%rax
	iretq
.endm

	.balign	16
nmi_entry:
	endbr64
	testb	$3, 8(%rsp)
	jz	1f
	IST_FROM_GUEST VEC_NMI
1:	IST_PENDING P_nmi_pending

	.balign	16
mc_entry:
	endbr64
	testb	$3, 8(%rsp)
	jz	1f
	IST_FROM_GUEST VEC_MC
1:	IST_PENDING P_mc_pending

	.balign	16
db_entry:
	endbr64
	testb	$3, 8(%rsp)
	jz	1f
	IST_FROM_GUEST VEC_DB
1:	/*
	 * A trap that MOV SS carried into the switcher (XSA-260), or TF of a SYSENTER:
	 * the guest's loss.  Its next #DB must not show this one's bits.
	 */
	incq	P(db_in_switcher)
	pushq	%rax
	movl	$0xffff0ff0, %eax
	movq	%rax, %db6
	popq	%rax
	iretq

	.balign	16
df_entry:
	endbr64
	pushq	$VEC_DF				/* error code 0 is on the stack */
	pushq	%rax
	pushq	%rcx
	jmp	bug

	.balign	16
stubs:
.set	vector, 0
.rept	256
	.balign	16
	endbr64
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || \
		  vector == 21 || vector == 29 || vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	common
.set	vector, vector + 1
.endr
