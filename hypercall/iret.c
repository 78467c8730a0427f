// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: iret in a multicall
 *
 * iret is the switcher's (hypercall_iret() in kmod/switcher/hole.c).  Only as
 * an entry of a multicall does it come here, and has the same effect: the rules
 * are those of kmod/switcher/iret.h for both.
 */
#include "../kmod/switcher/iret.h"
#include "hypercall.h"

/* Guest kernel to guest user: the page tables follow at the next entry. */
static void to_user_mode(struct vcpu_page *page)
{
	page->flags &= ~VCPU_KERNEL_MODE;
	swap(page->gs_base, page->gs_base_other);
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
	struct iret_frame f;

	if (copy_from_guest(v, &f, page->regs.rsp, sizeof(f))) {
		domain_kill(v->domain, "vCPU %u: iret frame at %#llx not readable",
			    v->id, page->regs.rsp);
		return -EFAULT;
	}
	if (iret_to_user(&f)) {
		if (!page->l4_user) {
			domain_kill(v->domain,
				    "vCPU %u: iret to user mode without user page tables", v->id);
			return -EFAULT;
		}
		to_user_mode(page);
	}
	iret_load(page, v->info, &f);
	/* As when the CPU refuses the frame. */
	if (!guest_canonical(f.rip))
		trap_inject(v, VEC_GP, 0);
	return f.rax;
}
