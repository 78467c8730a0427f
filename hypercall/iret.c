// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: iret in a multicall
 *
 * iret is the switcher's (hypercall_iret() in kmod/switcher/hole.c).  Only as
 * an entry of a multicall does it come here, and must have the same effect.
 */
#include <asm/processor-flags.h>
#include <asm/xen/interface.h>
#include "hypercall.h"

/* Guest kernel to guest user: the page tables follow at the next entry. */
static void to_user_mode(struct vcpu_page *page)
{
	page->flags &= ~VCPU_KERNEL_MODE;
	swap(page->gs_base, page->gs_base_other);
}

static void load_frame(struct vcpu_page *page, const struct iret_context *f)
{
	struct guest_regs *r = &page->regs;

	r->rip = f->rip;
	r->cs = guest_selector(f->cs);
	r->rflags = (f->rflags & ~(X86_EFLAGS_IOPL | X86_EFLAGS_VM)) |
		    X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	r->rsp = f->rsp;
	r->ss = guest_selector(f->ss);
	if (!(f->flags & VGCF_in_syscall)) {
		r->r11 = f->r11;
		r->rcx = f->rcx;
	}
}

/**
 * hc_iret() - __HYPERVISOR_iret, from a multicall
 * @v: the caller
 * @args: none: the frame is on the guest's stack
 *
 * A frame that cannot be read ends the domain, as it does on Xen.
 *
 * Context: slice.
 * Return: RAX of the frame.
 */
long hc_iret(struct vcpu *v, struct hypercall_args *args)
{
	struct vcpu_page *page = v->page;
	struct iret_context f;

	if (copy_from_guest(v, &f, page->regs.rsp, sizeof(f))) {
		domain_kill(v->domain, "vCPU %u: iret frame at %#llx not readable",
			    v->id, page->regs.rsp);
		return -EFAULT;
	}
	if ((f.cs & 3) == 3) {
		if (!page->l4_user) {
			domain_kill(v->domain,
				    "vCPU %u: iret to user mode without user page tables", v->id);
			return -EFAULT;
		}
		to_user_mode(page);
	}
	load_frame(page, &f);
	if (page->arch_iopl)
		page->iopl = (f.rflags & X86_EFLAGS_IOPL) >> X86_EFLAGS_IOPL_BIT;
	page->flags &= ~VCPU_NMI_MASKED;
	WRITE_ONCE(v->info->evtchn_upcall_mask, !(f.rflags & X86_EFLAGS_IF));
	/* As when the CPU refuses the frame. */
	if (!guest_canonical(f.rip))
		trap_inject(v, VEC_GP, 0);
	return f.rax;
}
