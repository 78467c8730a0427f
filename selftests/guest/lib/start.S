/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: A tiny guest's assembly: its ELF notes, the way in, and every entry
 * point that the hypervisor bounces to.
 *
 * The hypervisor's bounce frame is, from the stack pointer up: rcx, r11, an
 * error code for the vectors that have one, rip, cs (the saved event mask in
 * bits 32..39), rflags, rsp, ss.  Each stub turns it into a struct regs
 * (guest.h) and calls trap_entry().
 */
#include <asm/xen/interface.h>
#include <xen/interface/elfnote.h>
#include <xen/interface/xen.h>
#include "regs.h"

	.macro NOTE type, kind, desc:vararg
	.pushsection .note.Xen, "a", @note
	.balign	4
	.long	2f - 1f, 4f - 3f, \type
1:	.asciz	"Xen"
2:	.balign	4
3:	\kind	\desc
4:	.balign	4
	.popsection
	.endm

NOTE XEN_ELFNOTE_GUEST_OS,	.asciz,	"lodge-selftest"
NOTE XEN_ELFNOTE_GUEST_VERSION,	.asciz,	"1"
NOTE XEN_ELFNOTE_XEN_VERSION,	.asciz,	"xen-3.0"
NOTE XEN_ELFNOTE_VIRT_BASE,	.quad,	VIRT_BASE
NOTE XEN_ELFNOTE_PADDR_OFFSET,	.quad,	0
NOTE XEN_ELFNOTE_ENTRY,		.quad,	_start
NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .quad,	hypercall_page
NOTE XEN_ELFNOTE_FEATURES,	.asciz,	"!writable_page_tables|pae_pgdir_above_4gb"
NOTE XEN_ELFNOTE_PAE_MODE,	.asciz,	"yes"
NOTE XEN_ELFNOTE_LOADER,	.asciz,	"generic"
NOTE XEN_ELFNOTE_L1_MFN_VALID,	.quad,	1, 1
NOTE XEN_ELFNOTE_SUSPEND_CANCEL, .long,	1
NOTE XEN_ELFNOTE_HV_START_LOW,	.quad,	__HYPERVISOR_VIRT_START

	.section .text.hypercall_page, "ax"
	.globl	hypercall_page
hypercall_page:
	.skip	4096, 0xcc

	.text
	.globl	_start
_start:
	mov	%rsp, boot_regs + 8 * 0(%rip)
	mov	%rsi, boot_regs + 8 * 1(%rip)
	mov	%rax, boot_regs + 8 * 2(%rip)
	mov	%rbx, boot_regs + 8 * 3(%rip)
	mov	%rcx, boot_regs + 8 * 4(%rip)
	mov	%rdx, boot_regs + 8 * 5(%rip)
	mov	%rdi, boot_regs + 8 * 6(%rip)
	mov	%rbp, boot_regs + 8 * 7(%rip)
	mov	%r8, boot_regs + 8 * 8(%rip)
	mov	%r15, boot_regs + 8 * 9(%rip)
	pushfq
	popq	boot_regs + 8 * 10(%rip)
	mov	%cs, boot_regs + 8 * 11(%rip)
	mov	%ss, boot_regs + 8 * 12(%rip)
	mov	%ds, boot_regs + 8 * 13(%rip)
	mov	%es, boot_regs + 8 * 14(%rip)
	mov	%fs, boot_regs + 8 * 15(%rip)
	mov	%gs, boot_regs + 8 * 16(%rip)
	cld
	lea	boot_stack_top(%rip), %rsp
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	call	guest_main
	ud2

	.bss
	.balign	16
	.skip	32768
	.globl	boot_stack_top
boot_stack_top:
	.skip	16384
	.globl	kernel_stack_top
kernel_stack_top:
	.globl	boot_regs
boot_regs:
	.skip	8 * 20
	.globl	failsafe_selectors
failsafe_selectors:
	.skip	8 * 4

	.text
	.macro STUB vector, error=0
	mov	(%rsp), %rcx
	mov	8(%rsp), %r11
	.if \error
	add	$16, %rsp
	.else
	add	$8, %rsp
	movq	$0, (%rsp)
	.endif
	pushq	$\vector
	jmp	trap_common
	.endm

	.balign	32
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	256
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
	STUB	vector, 1
	.else
	STUB	vector
	.endif
	.balign	32
	.set	vector, vector + 1
	.endr

	.globl	event_stub, syscall_stub, failsafe_stub, nmi_stub, syscall32_stub, sysenter_stub
	.balign	32
event_stub:
	STUB	VEC_EVENT
	.balign	32
syscall_stub:
	STUB	VEC_SYSCALL
	.balign	32
syscall32_stub:
	STUB	VEC_SYSCALL32
	.balign	32
sysenter_stub:
	STUB	VEC_SYSENTER
	.balign	32
nmi_stub:
	STUB	VEC_NMI_CALLBACK
	.balign	32
failsafe_stub:			/* rcx, r11, ds, es, fs, gs, rip ... */
	mov	16(%rsp), %rcx
	mov	%rcx, failsafe_selectors(%rip)
	mov	24(%rsp), %rcx
	mov	%rcx, failsafe_selectors + 8(%rip)
	mov	32(%rsp), %rcx
	mov	%rcx, failsafe_selectors + 16(%rip)
	mov	40(%rsp), %rcx
	mov	%rcx, failsafe_selectors + 24(%rip)
	mov	(%rsp), %rcx
	mov	8(%rsp), %r11
	add	$40, %rsp
	movq	$0, (%rsp)
	pushq	$VEC_FAILSAFE

trap_common:
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$-16, %rsp
	call	trap_entry
	mov	%rbp, %rsp

/* regs_return: leave through the iret hypercall, rsp = struct regs. */
regs_return:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp
	pushq	iret_flags(%rip)
	push	%rcx
	push	%r11
	push	%rax
	mov	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/* void regs_load(struct regs *r): load every register of @r with iret. */
	.globl	regs_load
regs_load:
	mov	%rdi, %rsp
	jmp	regs_return

/* int jump_set(struct jump *j): 0, and the second time what jump_to() says. */
	.globl	jump_set
jump_set:
	mov	(%rsp), %rax
	mov	%rax, (%rdi)
	lea	8(%rsp), %rax
	mov	%rax, 8(%rdi)
	mov	%rbx, 16(%rdi)
	mov	%rbp, 24(%rdi)
	mov	%r12, 32(%rdi)
	mov	%r13, 40(%rdi)
	mov	%r14, 48(%rdi)
	mov	%r15, 56(%rdi)
	xor	%eax, %eax
	ret

/* void jump_to(struct jump *j, int value) */
	.globl	jump_to
jump_to:
	mov	%esi, %eax
	mov	8(%rdi), %rsp
	mov	16(%rdi), %rbx
	mov	24(%rdi), %rbp
	mov	32(%rdi), %r12
	mov	40(%rdi), %r13
	mov	48(%rdi), %r14
	mov	56(%rdi), %r15
	jmp	*(%rdi)

	.section .note.GNU-stack, "", @progbits
