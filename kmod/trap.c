// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Exits that are not hypercalls
 *
 * The switcher has delivered what was plainly the guest's own (switcher/hole.c).
 * What reaches this file needs a look: a write fault that may be a page-table
 * update, a #GP that may be a privileged instruction, or the guest's last
 * fault.  The host half delivers nothing itself: it leaves a note in
 * vcpu_page.inject and the switcher builds the frame on the next entry.
 *
 * Called by the run loop (vcpu.c) and the emulator, slice context.
 */
#include <linux/mm.h>
#include <asm/debugreg.h>
#include <asm/irq_vectors.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "lodge.h"
#include "../hypercall/hypercall.h"
#include "../ptvalidate/ptvalidate.h"

/**
 * guest_kernel_mode - is the vCPU in its guest's kernel (not user) mode?
 * @v: the vCPU, not inside the guest
 *
 * Context: any.
 */
bool guest_kernel_mode(const struct vcpu *v)
{
	return v->page->flags & VCPU_KERNEL_MODE;
}

/**
 * vcpu_trap - the handler that the guest has registered
 * @v: the vCPU
 * @vector: 0..255
 *
 * Context: slice.
 */
struct guest_trap vcpu_trap(const struct vcpu *v, u8 vector)
{
	const struct soft_trap *soft;

	if (vector < ARRAY_SIZE(v->page->traps))
		return v->page->traps[vector];
	soft = &v->page->soft_traps[vector - ARRAY_SIZE(v->page->traps)];
	return (struct guest_trap){ .address = soft->address, .cs = soft->cs, .flags = soft->flags };
}

/**
 * trap_inject - deliver an exception before the guest goes on
 * @v: the vCPU
 * @vector: 0..255; >= 32 comes from a software interrupt
 * @error: error code, ignored for vectors without one
 *
 * Context: slice.
 */
void trap_inject(struct vcpu *v, unsigned int vector, u32 error)
{
	struct guest_inject *i = &v->page->inject;

	/* One visit makes one exception (XSA-339): a second is ours, not the guest's. */
	if (WARN_ON_ONCE(i->valid)) {
		domain_kill(v->domain, "exception %u injected over exception %u", vector, i->vector);
		return;
	}
	if (vector >= 32)
		v->page->soft_trap = vcpu_trap(v, vector);
	i->vector = vector;
	i->error = error;
	i->valid = INJECT_TRAP;
}

/**
 * trap_inject_pf - deliver a page fault before the guest goes on
 * @v: the vCPU
 * @error: error code; the switcher puts the user bit right
 * @cr2: faulting address
 *
 * Context: slice.
 */
void trap_inject_pf(struct vcpu *v, u32 error, u64 cr2)
{
	v->page->inject.cr2 = cr2;
	trap_inject(v, X86_TRAP_PF, error);
}

static void page_fault(struct vcpu *v)
{
	u32 error = v->page->regs.error;
	u64 cr2 = v->page->cr2;

	if (ptwr_fault(v, cr2, error)) {
		v->domain->nr_ptwr++;
		return;
	}
	/* Its tables allow it: the CPU used an older translation. */
	if (guest_access_allowed(v, cr2, error))
		return;
	trap_inject_pf(v, error, cr2);
}

static void general_protection(struct vcpu *v)
{
	u32 error = v->page->regs.error;

	if ((error & 7) == 2 && emulate_soft_int(v, error))
		return;
	if ((error & 7) == 4 && segment_ldt_fault(v, error))
		return;
	if (!error && emulate_privileged(v))
		return;
	trap_inject(v, X86_TRAP_GP, error);
}

static void debug_trap(struct vcpu *v)
{
	v->dr[6] = v->page->dr6;
	set_debugreg(DR6_RESERVED, 6);
	trap_inject(v, X86_TRAP_DB, 0);
}

static void no_handler(struct vcpu *v)
{
	const struct vcpu_page *page = v->page;

	domain_kill(v->domain, "vCPU %u: no handler for exception %llu at rip %#llx",
		    v->id, page->failed_vector, page->regs.rip);
}

static void bounce_failed(struct vcpu *v)
{
	const struct vcpu_page *page = v->page;

	domain_kill(v->domain, "vCPU %u: kernel stack not writable for vector %#llx at rsp %#llx, rip %#llx",
		    v->id, page->failed_vector, page->regs.rsp, page->regs.rip);
}

static void bad_iret(struct vcpu *v)
{
	if (v->page->failed_vector)
		domain_kill(v->domain, "vCPU %u: iret to user mode without user page tables", v->id);
	else
		domain_kill(v->domain, "vCPU %u: iret frame at %#llx not readable",
			    v->id, v->page->regs.rsp);
}

static void switcher_bug(struct vcpu *v)
{
	const struct pcpu_page *p = v->pcpu->page;

	WARN_ONCE(1, "lodge: exception %llu (error %#llx) in the switcher at +%#llx",
		  p->bug_vector, p->bug_error, p->bug_rip - p->window);
	domain_kill(v->domain, "exception %llu in the switcher: a bug in lodge", p->bug_vector);
}

/**
 * trap_handle - deal with an exit other than a hypercall
 * @v: the vCPU
 * @vector: what switch_enter() returned
 *
 * Context: slice.
 */
void trap_handle(struct vcpu *v, unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_PF:
		page_fault(v);
		break;
	case X86_TRAP_GP:
		general_protection(v);
		break;
	case X86_TRAP_UD:
		if (!emulate_forced(v))
			trap_inject(v, X86_TRAP_UD, 0);
		break;
	case X86_TRAP_DB:
		debug_trap(v);
		break;
	case X86_TRAP_NMI:
	case X86_TRAP_MC:
	case EXIT_NMI_PENDING:
	case EXIT_NOT_ENTERED:
	case FIRST_EXTERNAL_VECTOR ... NR_VECTORS - 1:
		break;			/* the host has handled it */
	case EXIT_NO_HANDLER:
		no_handler(v);
		break;
	case EXIT_BOUNCE_FAILED:
		bounce_failed(v);
		break;
	case EXIT_BAD_IRET:
		bad_iret(v);
		break;
	case EXIT_BUG:
		domain_mmu_abandoned(v);
		switcher_bug(v);
		break;
	default:
		domain_kill(v->domain, "vCPU %u: unexpected exception %u at rip %#llx",
			    v->id, vector, v->page->regs.rip);
	}
}
