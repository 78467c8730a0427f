/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: What the iret hypercall does
 *
 * The one set of rules for its two homes: the switcher's hypercall_iret() (hole.c),
 * and hc_iret() in a multicall (hypercall/iret.c).  They find the frame and change
 * the page tables each in its own way; what the frame means is here.  Compiled into
 * the hole: no function of the kernel.
 */
#ifndef LODGE_IRET_H
#define LODGE_IRET_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include "layout.h"

#define FL_TF	(1UL << 8)
#define FL_IF	(1UL << 9)
#define FL_DF	(1UL << 10)
#define FL_IOPL	(3UL << 12)
#define FL_NT	(1UL << 14)
#define FL_RF	(1UL << 16)
#define FL_VM	(1UL << 17)
#define FL_AC	(1UL << 18)

#define IRET_IN_SYSCALL	(1UL << 8)	/* VGCF_in_syscall of iret_frame.flags */

/* On the guest's stack, upwards: struct iret_context of the Xen ABI. */
struct iret_frame {
	u64 rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/* Does the frame leave the guest's kernel mode? */
static inline bool iret_to_user(const struct iret_frame *f)
{
	return (f->cs & 3) == 3;
}

/*
 * All that a frame says, but for the mode: the caller has changed that.  What the
 * CPU would refuse stays in; RIP is the caller's to look at.
 */
static inline void iret_load(struct vcpu_page *v, struct vcpu_info *info,
			     const struct iret_frame *f)
{
	struct guest_regs *r = &v->regs;

	r->rip = f->rip;
	r->cs = (u16)f->cs | 3;
	r->rflags = (f->rflags & ~(FL_IOPL | FL_VM)) | FL_IF | 2;
	r->rsp = f->rsp;
	r->ss = (u16)f->ss | 3;
	r->rax = f->rax;
	if (f->flags & IRET_IN_SYSCALL) {
		/* As SYSRET would leave them. */
		r->r11 = r->rflags;
		r->rcx = r->rip;
	} else {
		r->r11 = f->r11;
		r->rcx = f->rcx;
	}
	if (v->arch_iopl)
		v->iopl = (f->rflags & FL_IOPL) >> 12;
	v->flags &= ~VCPU_NMI_MASKED;
	WRITE_ONCE(info->evtchn_upcall_mask, !(f->rflags & FL_IF));
}

#endif
