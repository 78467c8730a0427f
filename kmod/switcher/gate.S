/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of the two gates: into the hole and, for an interrupt that
 * was taken there, into the host's own handler.  In the module's text.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include "../compat.h"
#include "hole-offsets.h"

#ifndef ENDBR
#define ENDBR
#endif

/*
 * void switch_to_guest(struct pcpu_page *page, u64 enter)
 *
 * IRQs off, page->host_cr3 set.  Comes back with all callee-saved registers,
 * the host's CR3, CR4, GDT, IDT, TR, LDTR, CS, SS and GS base as they were.
 */
SYM_FUNC_START(switch_to_guest)
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	leaq	.Lback(%rip), %rax
	movq	%rax, P_host_return(%rdi)
	movq	%rsp, P_host_rsp(%rdi)
	movq	P_bridge_cr3(%rdi), %rcx
	movq	%rcx, %cr3
	JMP_NOSPEC rsi
.Lback:	/* RDX: the host's CR3 */
	ENDBR
	movq	%rdx, %cr3
	/* A guest must not steer our returns (RSB), nor leave flags behind. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_CTXSW
	UNTRAIN_RET
	pushq	$2
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	RET
SYM_FUNC_END(switch_to_guest)
/* It goes on in the hole and comes back: nothing that objtool could follow. */
STACK_FRAME_NON_STANDARD switch_to_guest

/*
 * void host_gate(u64 handler, u64 flags): what the CPU would have done on an
 * interrupt, had it come now.  IRQs off before; after, as @flags says, which are
 * what the handler finds in its frame, beside those in force: X86_EFLAGS_IF or 0.
 */
SYM_FUNC_START(host_gate)
	pushq	%rbp
	movq	%rsp, %rbp
	andq	$-16, %rsp
	pushq	$0x18			/* __KERNEL_DS */
	pushq	%rbp
	pushfq
	orq	%rsi, (%rsp)
	pushq	$0x10			/* __KERNEL_CS */
	CALL_NOSPEC rdi
	movq	%rbp, %rsp
	popq	%rbp
	RET
SYM_FUNC_END(host_gate)

#ifdef COMPAT_WRITE_IBPB
/*
 * What UNTRAIN_RET above and indirect_branch_prediction_barrier() call: the
 * kernel's function of this name does the same, with a milder command where the
 * host's settings allow it.  Changes RAX, RCX, RDX.
 */
SYM_FUNC_START(write_ibpb)
	ANNOTATE_NOENDBR
	movl	$MSR_IA32_PRED_CMD, %ecx
	movl	$PRED_CMD_IBPB, %eax
	xorl	%edx, %edx
	wrmsr
	/* The return stack, too, where IBPB leaves it alone. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_BUG_IBPB_NO_RET
	RET
SYM_FUNC_END(write_ibpb)
#endif

	.section .rodata, "a"
	.balign	8
	.globl	hole_image, hole_image_end
hole_image:
	.incbin	HOLE_BIN
hole_image_end:
